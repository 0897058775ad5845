/** A stand-in for Go on the PATH, so that building and starting can be tested without either. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes `go` into `directory`. `build` is shell text; `$output` in it is the path that the binary goes to. */
export const fakeGo = (directory: string, version: string, build: string): Promise<void> =>
  writeFile(
    join(directory, 'go'),
    `#!/bin/sh
case $1 in
  env) printf '%s\\nlinux\\namd64\\n' ${version} ;;
  build)
    while [ "$1" != -o ]; do shift; done
    output=$2
    ${build}
    ;;
esac
`,
    { mode: 0o755 },
  )
