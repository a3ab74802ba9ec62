import { STATUS_CODES } from 'node:http'
import type { RefusalForm } from '../refusal.js'

/** The form of refusals of WSO2's portal API. */
export const portalForm: RefusalForm = ({ status, description }) => ({
  code: status,
  message: STATUS_CODES[status] ?? '',
  description,
  moreInfo: '',
  error: [],
})
