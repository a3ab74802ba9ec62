import { readFileSync } from 'node:fs'
import { ExtendedJwtTokenIssuer } from 'jeton/issuer'

/** Adds to each access token the department of its user, and whose invoices pay for its application. */
export class DepartmentIssuer extends ExtendedJwtTokenIssuer {
  #departments
  #costCentres

  constructor() {
    super()
    const { departments, costCentres } = JSON.parse(readFileSync(new URL('directory.json', import.meta.url), 'utf8'))
    // Maps, since a user may be called "constructor".
    this.#departments = new Map(Object.entries(departments))
    this.#costCentres = new Map(Object.entries(costCentres))
  }

  claims({ clientName, username }) {
    // What is undefined is left out of the token.
    return { department: this.#departments.get(username), cost_centre: this.#costCentres.get(clientName) }
  }
}
