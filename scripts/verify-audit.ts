/**
 * `npm run verify-audit -- FILE`: checks an audit export (NDJSON, as `GET /audit/export` gives it; `-` reads stdin)
 * offline and with no trust in the server. Exit 0: whole; 1: not, with the place; 2: nothing that could be checked.
 */
import { createReadStream } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Anchor } from '../src/guard/verify.ts'
import { type AuditFault, type AuditReport, type KnownPlaces, linesOf, verifyLines } from './lib/audit-file.ts'
import { EXIT_FAILED, runCommand, UsageError } from './lib/command.ts'

const USAGE = `Usage: npm run verify-audit -- FILE [--after PLACE]… [--head PLACE]…
  FILE           an export, several one after the other, or - for stdin
  --after PLACE  the file begins after this record instead of at the ledger's beginning
  --head PLACE   the file must hold this record, noted when an earlier export was checked
  PLACE          LEDGER=SEQ:HASH, as this command prints it`

const PLACE = /^([a-z0-9][-a-z0-9]{0,62})=([1-9][0-9]{0,14}):([0-9a-f]{64})$/

const placesOf = (texts: readonly string[]): ReadonlyMap<string, Anchor> =>
  new Map(
    texts.map((text) => {
      const [, ledger = '', seq, hash = ''] = PLACE.exec(text) ?? []
      if (seq === undefined) throw new UsageError(`"${text}" is no place in a ledger.\n${USAGE}`)
      return [ledger, { seq: Number(seq), hash }]
    }),
  )

const argumentsOf = (argv: readonly string[]): { file: string } & KnownPlaces => {
  try {
    const options = { after: { type: 'string', multiple: true }, head: { type: 'string', multiple: true } } as const
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError(USAGE)
    return { file, after: placesOf(values.after ?? []), heads: placesOf(values.head ?? []) }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

const read = async (file: string, places: KnownPlaces): Promise<AuditReport> => {
  try {
    return await verifyLines(linesOf(file === '-' ? process.stdin : createReadStream(file)), places)
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What stands in the file is not ours: it must not reach the terminal's control functions. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')

const describeFault = ({ line, ledger, seq, reason, message }: AuditFault): string => {
  const where = [
    `line ${line}`,
    ...(ledger === undefined ? [] : [`ledger ${ledger}`]),
    ...(seq > 0 ? [`record ${seq}`] : []),
  ]
  return plain(`FAULT at ${where.join(', ')} (${reason}): ${message}.`)
}

await runCommand(async (argv) => {
  const { file, ...places } = argumentsOf(argv)
  const { ledgers, fault } = await read(file, places)
  for (const { ledger, records, first, from, until, head } of ledgers) {
    const count = records === 1 ? '1 record' : `${records} records`
    console.log(plain(`${ledger}: ${count}, ${first} to ${head.seq}, ${from} to ${until}: whole`))
    console.log(plain(`  head ${ledger}=${head.seq}:${head.hash}`))
  }
  if (fault !== undefined) {
    console.log(describeFault(fault))
    if (fault.reason === 'gap' && fault.seq === 1) {
      console.log(
        `If the file is only the later part of the ledger, name the record before it: --after ${fault.ledger}=SEQ:HASH`,
      )
    }
    return { exit: EXIT_FAILED }
  }
  if (ledgers.length === 0) throw new UsageError(`${file} holds no record: there is nothing to check.`)
  if (places.heads.size === 0) {
    console.log(
      'Records missing at the end show only against a head that was noted elsewhere: keep the heads above, and',
    )
    console.log('give them with --head when you check the next export.')
  }
  return { exit: 0 }
})
