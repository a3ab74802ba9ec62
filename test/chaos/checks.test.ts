import { checkLog } from '../../chaos/check-log.js'
import { checkVerdicts } from '../../chaos/check-verdicts.js'
import type { Durable, DurableEntry } from '../../chaos/durable.js'
import { isOver } from '../../chaos/lifetime.js'
import { createModel, type ModelToken, type Standing } from '../../chaos/model.js'
import type { Stage } from '../../chaos/stage.js'
import { createTally } from '../../chaos/tally.js'

const CLIENT = { id: 'c', secret: 's', isSteady: true, state: 'active' } as const
const HOUR = 3600

const now = (): number => Math.floor(Date.now() / 1000)

function aToken(id: string, endsIn: number, standing: Standing): ModelToken {
  const claims = { jti: id, grant_id: 'g', client_id: CLIENT.id, iat: now(), exp: now() + endsIn }
  return { value: `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`, standing }
}

const anEntry = (seq: number, id = `t${seq}`): DurableEntry => ({ seq, kind: 'token', id, cutoff: undefined, expires: now() + HOUR })
const log = (entries: readonly DurableEntry[], trimmedTo = 0): Durable => ({ epoch: 1, seq: entries.at(-1)?.seq ?? 0, trimmedTo, entries })

/** One grant with these tokens, and a gateway that accepts, or refuses, all. */
function aStage(tokens: ModelToken[] = [], isAccepted = false) {
  const model = createModel()
  model.add({ id: 'g', client: CLIENT, user: undefined, answeredAt: Date.now(), tokens, refreshTokens: [] }, Date.now())
  const tally = createTally(() => undefined)
  const verdict = isAccepted ? { accepted: true } : { accepted: false, reason: 'revoked' }
  const gateways = [{ verify: async () => verdict }]
  return { stage: { tally, model, gateways } as unknown as Stage, tally, model }
}

async function judge(token: ModelToken, { isAccepted, entries = [] }: { readonly isAccepted: boolean; readonly entries?: readonly DurableEntry[] }) {
  const { stage, tally, model } = aStage([token], isAccepted)
  await checkVerdicts(
    stage,
    [],
    log(entries),
    model.grants.map((grant) => ({ grant, token })),
  )
  return tally.violations.map((line) => line.slice(0, 3))
}

describe('what chaos reports', () => {
  it.each([
    [-HOUR, true],
    [2, true],
    [60, false],
  ])('of a token that ends in %i seconds its time is up: %s', (endsIn, isUp) => {
    expect(isOver(aToken('t', endsIn, 'alive'))).toBe(isUp)
  })

  it('is a refusal of what nobody has revoked, unless its time is up', async () => {
    expect(await judge(aToken('t', HOUR, 'alive'), { isAccepted: false })).toEqual(['(e)'])
    expect(await judge(aToken('t', HOUR, 'unknown'), { isAccepted: false })).toEqual(['(f)'])
    expect(await judge(aToken('t', -1, 'alive'), { isAccepted: false })).toEqual([])
    expect(await judge(aToken('t', -1, 'unknown'), { isAccepted: false })).toEqual([])
  })

  it('is an acceptance of what was revoked, whatever its time says', async () => {
    const entries = [anEntry(1, 't')]
    expect(await judge(aToken('t', HOUR, 'dead'), { isAccepted: true, entries })).toEqual(['(d)'])
    expect(await judge(aToken('t', -1, 'dead'), { isAccepted: true, entries })).toEqual(['(d)'])
    expect(await judge(aToken('t', HOUR, 'unknown'), { isAccepted: true, entries })).toEqual(['(f)'])
    expect(await judge(aToken('t', HOUR, 'dead'), { isAccepted: false, entries })).toEqual([])
  })

  it('is a revoked token without an entry, unless its time is up', () => {
    const report = (endsIn: number, entries: readonly DurableEntry[]) => {
      const { stage, tally } = aStage([aToken('t', endsIn, 'dead')])
      checkLog(stage, undefined, log(entries))
      return tally.violations.length
    }
    expect([report(HOUR, []), report(HOUR, [anEntry(1, 't')]), report(-1, [])]).toEqual([1, 0, 0])
  })

  it('is a gap in the log, unless it was trimmed so far', () => {
    const report = (trimmedTo: number) => {
      const { stage, tally } = aStage()
      checkLog(
        stage,
        undefined,
        log(
          [1, 2, 5, 6].map((seq) => anEntry(seq)),
          trimmedTo,
        ),
      )
      return tally.violations
    }
    expect(report(3)).toEqual(['(c) the log has gaps before 5'])
    expect(report(4)).toEqual([])
  })

  it('is an entry that is gone before its time', () => {
    const report = (expires: number) => {
      const { stage, tally } = aStage()
      checkLog(stage, log([{ ...anEntry(1), expires }, anEntry(2)]), log([anEntry(2)], 1))
      return tally.violations
    }
    expect(report(now() + 60)).toEqual(['(c) token t1 (1) is gone from the log'])
    expect(report(now() - 60)).toEqual([])
  })
})
