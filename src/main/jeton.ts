#!/usr/bin/env node
import { giveWay } from './give-way.js'

giveWay(process.argv)
await import('./run-jeton.js')
