import { checkLog } from '../../../src/main/compose/doctor-log.js'

it('says whether the newest part of the log is what was written, and what to do where it is not', async () => {
  expect(await checkLog({ findBreak: async () => undefined })).toMatchObject({ name: 'revocation log', ok: true })
  expect(await checkLog({ findBreak: async () => 17 })).toMatchObject({
    ok: false,
    message: expect.stringContaining('entry 17'),
    remedy: expect.stringContaining('jeton revoke all'),
  })
})
