import { createMemoryOperations, jsonOf, NOW, runOn } from '../memory-operations.js'

const FIELDS = ['client_id', 'name', 'token_type', 'grant_types', 'scopes', 'audiences', 'redirect_uris', 'state', 'created_at']

describe('jeton apps', () => {
  it('creates with the stated defaults, and shows the secret this once', async () => {
    const { operations } = await createMemoryOperations()
    const made = await jsonOf(operations, ['apps', 'create', '--name', 'Shop'])
    expect(made).toEqual({
      client_id: expect.stringMatching(/^[0-9A-Za-z]{28}$/),
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
      name: 'Shop',
      token_type: 'JWT',
      grant_types: ['client_credentials', 'refresh_token'],
      scopes: [],
      audiences: [],
      redirect_uris: [],
      state: 'active',
      created_at: NOW,
    })
    const shown = await jsonOf(operations, ['apps', 'show', made.client_id])
    expect(Object.keys(shown)).toEqual(FIELDS)
  })

  it('takes every option; of a repeated one the last counts, audiences and redirect URIs accumulate', async () => {
    const { operations } = await createMemoryOperations()
    const argv = [
      'apps',
      'create',
      '--name',
      'First',
      '--name=Shop',
      '--token-type',
      'OAUTH',
      '--grant-types',
      'password, refresh_token',
      '--scopes',
      'x y',
      '--public',
    ]
    const made = await jsonOf(operations, [
      ...argv,
      '--redirect-uri',
      'https://a.example/',
      '--audience',
      'one',
      '--redirect-uri',
      'https://b.example/',
      '--audience',
      'two',
    ])
    expect(made).toMatchObject({ name: 'Shop', token_type: 'OAUTH', grant_types: ['password', 'refresh_token'], scopes: ['x', 'y'] })
    expect(made).toMatchObject({ redirect_uris: ['https://a.example/', 'https://b.example/'], audiences: ['one', 'two'] })
    expect(made).not.toHaveProperty('client_secret')
  })

  it('lists without secrets', async () => {
    const { operations } = await createMemoryOperations()
    const { client_id, client_secret } = await jsonOf(operations, ['apps', 'create', '--name', 'Shop'])
    const { items } = await jsonOf(operations, ['apps', 'list'])
    expect(items.map((item: object) => Object.keys(item))).toEqual([FIELDS])
    const text = await runOn(operations, ['apps', 'list'])
    expect(text.stdout).toContain(client_id)
    expect(text.stdout).not.toContain(client_secret)
  })

  it('updates what is named, and empties what is given empty', async () => {
    const { operations, database } = await createMemoryOperations()
    const { client_id } = await jsonOf(operations, ['apps', 'create', '--name', 'Shop', '--scopes', 'x', '--audience', 'one'])
    expect(await jsonOf(operations, ['apps', 'update', client_id, '--name', 'Store'])).toMatchObject({
      name: 'Store',
      scopes: ['x'],
      audiences: ['one'],
    })
    expect(await database.revocations.since(0, 10)).toEqual([])
    expect(await jsonOf(operations, ['apps', 'update', client_id, '--scopes', '', '--audience', ''])).toMatchObject({ scopes: [], audiences: [] })
    expect(await database.revocations.since(0, 10)).toMatchObject([{ kind: 'client', id: client_id }])
  })

  it('regenerates the secret', async () => {
    const { operations } = await createMemoryOperations()
    const made = await jsonOf(operations, ['apps', 'create', '--name', 'Shop'])
    const again = await jsonOf(operations, ['apps', 'regenerate-secret', made.client_id])
    expect(again).toEqual({ ...made, client_secret: again.client_secret })
    expect(again.client_secret).not.toBe(made.client_secret)
  })

  it('disables, enables and deletes', async () => {
    const { operations } = await createMemoryOperations()
    const { client_id } = await jsonOf(operations, ['apps', 'create', '--name', 'Shop'])
    expect(await jsonOf(operations, ['apps', 'disable', client_id])).toMatchObject({ client_id, state: 'disabled' })
    expect(await jsonOf(operations, ['apps', 'enable', client_id])).toMatchObject({ client_id, state: 'active' })
    expect(await jsonOf(operations, ['apps', 'delete', client_id])).toEqual({ client_id, state: 'deleted' })
    expect(await runOn(operations, ['apps', 'show', client_id, '--json'])).toEqual({
      code: 1,
      stdout: '{"error":{"code":"not_found","message":"there is no such application"}}\n',
      stderr: '',
    })
  })

  it.each([
    ['no name', ['create']],
    ['an unknown token type', ['create', '--name', 'x', '--token-type', 'SAML']],
    ['a redirect URI with a fragment (RFC 6749 §3.1.2)', ['create', '--name', 'x', '--redirect-uri', 'https://a.example/#b']],
    ['client credentials for a public client (RFC 6749 §4.4)', ['create', '--name', 'x', '--public', '--grant-types', 'client_credentials']],
    ['nothing to update', ['update', 'someone']],
    ['no client id', ['show']],
    ['two client ids', ['show', 'one', 'two']],
  ])('ends with 2 for %s', async (_, argv) => {
    const { operations } = await createMemoryOperations()
    const { code, stdout, stderr } = await runOn(operations, ['apps', ...argv])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`See "jeton apps ${argv[0]} --help"`)
  })

  it('says by name that a grant type comes later', async () => {
    const { operations } = await createMemoryOperations()
    const { code, stdout } = await runOn(operations, ['apps', 'create', '--name', 'x', '--grant-types', 'authorization_code', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout).error).toEqual({ code: 'not_available', message: expect.stringContaining('authorization_code') })
  })
})
