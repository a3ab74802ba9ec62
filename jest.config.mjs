export default {
  testEnvironment: 'node',
  // Twice what the slowest takes on a machine that has much else to do.
  testTimeout: 20_000,
  // Most of the time is spent waiting for other processes. Each test file loads its modules anew, so a process grows until it is replaced.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1500MB',
  testSequencer: '<rootDir>/test/sequencer.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/bench'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' }, sourceMaps: true }],
  },
}
