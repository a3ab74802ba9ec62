import { createSteps } from '../../../src/main/demo/steps.js'

describe('steps of the demo', () => {
  it('counts a step that is not what it should be, and says what it is', () => {
    const printed: string[] = []
    const steps = createSteps((line) => printed.push(line))
    steps.part('Issue')
    steps.check('rows', { tokens: 0 }, { tokens: 0 })
    steps.check('status', 401, 200)
    expect(printed).toEqual(['\nIssue', '  ok       rows: {"tokens":0}', '  DIFFERS  status: 401 instead of 200'])
    expect(steps.differing()).toBe(1)
    expect(steps.summary()).toMatch(/^Issue +2 steps +1 differ\n2 steps, 1 differ$/)
  })

  it('counts over all parts', () => {
    const steps = createSteps(() => undefined)
    for (const title of ['Issue', 'Revoke']) {
      steps.part(title)
      steps.check('status', 200, 200)
    }
    expect(steps.summary().split('\n').at(-1)).toBe('2 steps, 0 differ')
  })
})
