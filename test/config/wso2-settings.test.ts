import { load, problemsOf, settingsOf } from './loading.js'

const told = (text: string): readonly string[] => problemsOf(text).map(({ line, key, message }) => `${line} ${key}: ${message}`)
const NOTIFY = 'wso2_notify_url = "https://apim:9443/internal/data/v1/notify"\n'

describe("the channel to WSO2's gateways", () => {
  it('is off where nothing is said of it', () => {
    expect(settingsOf('').wso2).toEqual({ notify: undefined, grantEvents: true, revoked: undefined })
  })

  it('has an address, a user and a password, and those of the gateways', () => {
    const text = `[revocation]\n${NOTIFY}wso2_username = "u"\nwso2_password = "$secret{/p}"\nwso2_key_manager = "WSO2-IS"\nwso2_grant_events = false
wso2_revoked_form = "list"\n[apim.event_hub]\nusername = "g"\npassword = "$env{P}"\nservice_url = "https://jeton"\n`
    const { wso2, notices } = settingsOf(text, { P: 'q' }, { '/p': 'p\n' })
    expect(wso2).toEqual({
      notify: { url: 'https://apim:9443/internal/data/v1/notify', username: 'u', password: 'p', keyManager: 'WSO2-IS' },
      grantEvents: false,
      revoked: { username: 'g', password: 'q', form: 'list' },
    })
    expect(notices).toEqual(['[apim.event_hub] service_url: known from WSO2 and not needed: nothing is read from it.'])
  })

  it('is not half configured', () => {
    expect(told(`[revocation]\n${NOTIFY}`)).toEqual([
      '1 revocation.wso2_username: missing: revocation.wso2_notify_url needs it',
      '1 revocation.wso2_password: missing: revocation.wso2_notify_url needs it',
    ])
    expect(told('[revocation]\nwso2_password = "p"\nwso2_username = "u"\n')).toEqual([
      '1 revocation.wso2_notify_url: missing: revocation.wso2_username needs it',
    ])
    expect(told('[apim.event_hub]\nusername = "u"\n')).toEqual(['1 apim.event_hub.password: missing: apim.event_hub.username needs it'])
  })

  it.each(['http://apim:9763/notify', 'ftp://apim/notify', 'https://u:p@apim/notify', 'https://apim/notify?a=b', 'apim'])(
    'does not send a password to %s',
    (url) => {
      expect(told(`[revocation]\nwso2_notify_url = "${url}"\nwso2_username = "u"\nwso2_password = "p"\n`)).toEqual([
        expect.stringContaining('2 revocation.wso2_notify_url: expected an absolute https URL'),
      ])
    },
  )

  it('takes plain http on the machine itself', () => {
    const text = '[revocation]\nwso2_notify_url = "http://127.0.0.1:9763/n"\nwso2_username = "u"\nwso2_password = ""\n'
    expect(settingsOf(text).wso2.notify?.url).toBe('http://127.0.0.1:9763/n')
  })

  it.each(['$ref{super_admin.password}', `${'$'}{admin.password}`])('does not take %s for a password', (password) => {
    const why = 'a reference of WSO2 stays unresolved here: use $env{NAME} or $secret{file}'
    expect(told(`[apim.event_hub]\nusername = "u"\npassword = "${password}"\n`)).toEqual([`3 apim.event_hub.password: ${why}`])
  })

  it('takes no user name that Basic authentication cannot carry', () => {
    expect(told('[apim.event_hub]\nusername = "a:b"\npassword = "p"\n')).toEqual([
      '2 apim.event_hub.username: a user name of Basic authentication has no colon (RFC 7617 §2)',
    ])
  })

  it("names WSO2's own listener, of which nothing is read", () => {
    const text = `[[event_listener]]\nid = "token_revocation"\nname = "org.wso2.is.notification.ApimOauthEventInterceptor"
[event_listener.properties]\nnotification_endpoint = "https://apim:9443/internal/data/v1/notify"\npassword = "\${admin.password}"
'header.X-WSO2-KEY-MANAGER' = "WSO2-IS"\n`
    const loaded = load(text)
    expect(loaded).toMatchObject({
      ok: true,
      settings: { notices: ['[event_listener]: known from WSO2 and not read: where revocations are told stands in revocation.wso2_notify_url.'] },
    })
  })
})
