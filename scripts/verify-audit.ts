/**
 * `npm run verify-audit -- FILE`: checks an audit export (NDJSON, as `GET /audit/export` gives it; `-` reads stdin)
 * offline and with no trust in the server. With signed checkpoints also that nothing is missing at its end and that it is
 * the history that was signed. Exit 0: whole; 1: not, with the place; 2: nothing that could be checked.
 */
import { createReadStream } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Anchor } from '../src/guard/verify.ts'
import { type AuditFault, type AuditReport, type KnownPlaces, linesOf, verifyLines } from './lib/audit-file.ts'
import { Forged, type KnownTrees, parseFrontier, readCheckpoints, Uncheckable } from './lib/audit-tree.ts'
import { EXIT_FAILED, runCommand, UsageError } from './lib/command.ts'

const USAGE = `Usage: npm run verify-audit -- FILE [--after PLACE]… [--head PLACE]…
             [--checkpoint FILE --key VKEY [--tree TREE]]…
  FILE           an export, several one after the other, or - for stdin
  --after PLACE  the file begins after this record instead of at the ledger's beginning
  --head PLACE   the file must hold this record, noted when an earlier export was checked
  PLACE          LEDGER=SEQ:HASH, as this command prints it
  --checkpoint F the file must be what this checkpoint was signed over; several of several ledgers, also older ones
  --key VKEY     whose signature a checkpoint must have, as GET /audit/key tells it
  --tree TREE    the file begins in the middle: what comes before, as GET /audit/tree tells it`

const PLACE = /^([a-z0-9][-a-z0-9]{0,62})=([1-9][0-9]{0,14}):([0-9a-f]{64})$/

const placesOf = (texts: readonly string[]): ReadonlyMap<string, Anchor> =>
  new Map(
    texts.map((text) => {
      const [, ledger = '', seq, hash = ''] = PLACE.exec(text) ?? []
      if (seq === undefined) throw new UsageError(`"${text}" is no place in a ledger.\n${USAGE}`)
      return [ledger, { seq: Number(seq), hash }]
    }),
  )

interface Arguments extends KnownPlaces {
  readonly file: string
  readonly checkpoints: readonly string[]
  readonly keys: readonly string[]
  readonly frontiers: KnownTrees['frontiers']
}

const frontiersOf = (texts: readonly string[]): KnownTrees['frontiers'] =>
  new Map(
    texts.map((text) => {
      const parsed = parseFrontier(text)
      if (parsed === undefined) throw new UsageError(`"${text.slice(0, 80)}" is no tree.\n${USAGE}`)
      return parsed
    }),
  )

const MANY = { type: 'string', multiple: true } as const

const argumentsOf = (argv: readonly string[]): Arguments => {
  try {
    const options = { after: MANY, head: MANY, checkpoint: MANY, key: MANY, tree: MANY }
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError(USAGE)
    return {
      file,
      after: placesOf(values.after ?? []),
      heads: placesOf(values.head ?? []),
      checkpoints: values.checkpoint ?? [],
      keys: values.key ?? [],
      frontiers: frontiersOf(values.tree ?? []),
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

const read = async ({ file, checkpoints, keys, frontiers, ...places }: Arguments): Promise<AuditReport> => {
  try {
    const trees = { checkpoints: await readCheckpoints(checkpoints, keys), frontiers }
    return await verifyLines(linesOf(file === '-' ? process.stdin : createReadStream(file)), places, trees)
  } catch (error) {
    if (error instanceof Uncheckable) throw new UsageError(error.message)
    if (error instanceof Forged) throw error
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

/** A checkpoint that is not what it says ends the check: nothing that follows could be believed for it. */
const readOrRefuse = async (given: Arguments): Promise<AuditReport | undefined> => {
  try {
    return await read(given)
  } catch (error) {
    if (!(error instanceof Forged)) throw error
    console.log(plain(`FAULT (checkpoint): ${error.message}.`))
    return undefined
  }
}

await runCommand(async (argv) => {
  const given = argumentsOf(argv)
  const { file } = given
  const report = await readOrRefuse(given)
  if (report === undefined) return { exit: EXIT_FAILED }
  const { ledgers, fault } = report
  for (const { ledger, records, first, from, until, head, signed, origins = [] } of ledgers) {
    const count = records === 1 ? '1 record' : `${records} records`
    console.log(plain(`${ledger}: ${count}, ${first} to ${head.seq}, ${from} to ${until}: whole`))
    console.log(plain(`  head ${ledger}=${head.seq}:${head.hash}`))
    if (signed !== undefined)
      console.log(
        plain(`  signed up to ${signed}${head.seq > signed ? `; ${head.seq - signed} after it are not yet` : ''}`),
      )
    else if (given.checkpoints.length > 0)
      console.log(
        plain(`  NOT SIGNED: no checkpoint of ${ledger} was given; what was cut off or rewritten does not show`),
      )
    if (origins.length > 1)
      console.log(plain(`  by ${origins.join(' and ')}: right only where publicUrl changed from one to the other`))
  }
  if (fault !== undefined) {
    console.log(describeFault(fault))
    if (fault.reason === 'gap' && fault.seq === 1) {
      console.log(
        `If the file is only the later part of the ledger, name the record before it (--after ${fault.ledger}=SEQ:HASH), or give a checkpoint and the tree before it (--tree).`,
      )
    }
    return { exit: EXIT_FAILED }
  }
  if (ledgers.length === 0) throw new UsageError(`${file} holds no record: there is nothing to check.`)
  if (given.heads.size === 0 && given.checkpoints.length === 0) {
    console.log(
      'Records missing at the end show only against a checkpoint or a head that was kept elsewhere: give them',
    )
    console.log('with --checkpoint and --key, or --head, when you check the next export.')
  }
  return { exit: 0 }
})
