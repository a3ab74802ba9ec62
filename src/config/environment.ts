export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process, as it is now. */
export function readEnvironment(): Environment {
  return { ...process.env }
}
