import express from 'express'
import request from 'supertest'
import { createFeed } from '../../../src/feed/create-feed.js'
import { revocationDigestsRoute } from '../../../src/http/routes/revocation-digests-route.js'
import { parseDigests } from '../../../src/verification/feed-message.js'
import { logInMemory } from '../../feed/log-in-memory.js'

it('answers what the log adds up to, at its place, and nobody keeps it', async () => {
  const log = logInMemory()
  const feed = createFeed(log)
  feed.confirm(log.now.ms)
  log.write(2, feed)
  const app = express().disable('etag').get('/revocations/digests', revocationDigestsRoute(feed))
  const answer = await request(app).get('/revocations/digests')
  expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
    200,
    'application/json; charset=utf-8',
    'no-store',
  ])
  expect(parseDigests(answer.text)).toEqual(feed.digests())
  expect(parseDigests(answer.text)).toMatchObject({ epoch: log.known.epoch, seq: 2 })
})
