/** What every `Ledger` promises (src/ports.ts): in memory, on a Durable Object and on Deno KV. */
import { genesisHash, recordLine } from '../../src/guard/chain.ts'
import { AUTHENTICATION_FAILURE_BURST, REFUSAL_BURST } from '../../src/guard/ledger-core.ts'
import { MAX_LEDGER_PAGE, MAX_RECORD_STRING, type RecordedAccess } from '../../src/ports.ts'
import { type Check, equal, ok, rejects } from './assert.ts'
import {
  admission,
  agent,
  bucket,
  call,
  type MakeFragileLedger,
  type MakeLedger,
  NOW,
  readAll,
  refusal,
  rush,
  verified,
} from './ledger-parts.ts'

const HOSTILE = 'a\n{"seq":9}\r\u0000\u001b[2J\u2028\u2029\u202e\u200b\u{e0041}\ud800'

export const ledgerContract: readonly Check<MakeLedger>[] = [
  {
    name: 'a new ledger is empty and its head is its genesis',
    async run(make) {
      const { ledger, name } = await make()
      const status = await ledger.status()
      equal([status.seq, status.head], [0, genesisHash(name)], 'status')
      equal(await ledger.read(0, 10), { records: [] }, 'first page')
    },
  },
  {
    name: 'admit takes and appends: the record says who, what and when, and hangs on the one before',
    async run(make) {
      const made = await make()
      const first = await made.ledger.admit(admission('c1', [bucket('calls', 2, 1)]))
      const second = await made.ledger.admit(admission('c2', [bucket('calls', 2, 1)], NOW + 5))
      equal(
        [first, second],
        [
          { admitted: true, seq: 1 },
          { admitted: true, seq: 2 },
        ],
        'answers',
      )
      const [one, two] = await verified(made)
      ok(one !== undefined && two !== undefined, 'two records')
      const { hash, ...rest } = one
      equal(
        rest,
        {
          ...call('c1'),
          v: 1,
          ledger: made.name,
          seq: 1,
          time: '2026-11-01T12:00:00.000Z',
          prev: genesisHash(made.name),
        },
        'the first record',
      )
      equal([two.prev, two.time], [hash, '2026-11-01T12:00:00.005Z'], 'the second record')
    },
  },
  {
    name: 'L7-1 a budget of 50 under a frozen clock admits exactly 50 of 200 parallel calls',
    async run(make) {
      const made = await make()
      equal(await rush(made.ledger, 200), { admitted: 50, refused: 150, lost: 0 }, '200 calls')
      const records = await verified(made)
      equal(records.filter((it) => it.kind === 'call').length, 50, 'call records')
    },
  },
  {
    name: 'L7-1 the budget holds across a restart, between calls and under them',
    async run(make) {
      const made = await make()
      const before = await rush(made.ledger, 30, 'a')
      await made.restart()
      const [during] = await Promise.all([rush(made.ledger, 100, 'b'), made.restart()])
      const after = await rush(made.ledger, 70, 'c')
      const admitted = before.admitted + during.admitted + after.admitted
      // What a restart lost on the way may have been taken: never more than the budget, and without loss exactly it.
      ok(admitted <= 50 && admitted >= 50 - during.lost, `admitted ${admitted}, lost ${during.lost}`)
      const records = await verified(made)
      equal(records.filter((it) => it.kind === 'call').length, 50, 'call records')
    },
  },
  {
    name: 'one dry bucket takes nothing from the others, and says when to come back',
    async run(make) {
      const made = await make()
      const buckets = [bucket('calls', 2, 1), bucket('bytes', 100, 60, 10)]
      ok((await made.ledger.admit(admission('c1', buckets))).admitted, 'the first call')
      // 40 bytes are left, 20 are missing, each takes 10 ms.
      equal(
        await made.ledger.admit(admission('c2', buckets)),
        { admitted: false, bucket: 'bytes', retryAfterMs: 200, seq: 2 },
        'the second call',
      )
      equal((await made.ledger.admit(admission('c3', buckets, NOW + 199))).admitted, false, 'a moment too early')
      ok(
        (await made.ledger.admit(admission('c4', buckets, NOW + 200))).admitted,
        'in time, with the call not yet taken',
      )
      const kinds = (await verified(made)).map((it) => it.kind)
      equal(kinds, ['call', 'refusal', 'refusal', 'call'], 'records')
    },
  },
  {
    name: 'a clock that goes backwards adds no tokens and no earlier record',
    async run(make) {
      const made = await make()
      const buckets = [bucket('calls', 1, 1, 1000)]
      ok((await made.ledger.admit(admission('c1', buckets, NOW))).admitted, 'the first call')
      equal((await made.ledger.admit(admission('c2', buckets, NOW - 60_000))).admitted, false, 'a minute earlier')
      equal((await made.ledger.admit(admission('c3', buckets, NOW))).admitted, false, 'back again')
      ok((await made.ledger.admit(admission('c4', buckets, NOW + 1000))).admitted, 'a second later')
      const times = (await verified(made)).map((it) => it.time)
      equal(times, times.toSorted(), 'times')
    },
  },
  {
    name: 'a refund gives back what was not used, at most up to the brim',
    async run(make) {
      const { ledger } = await make()
      const outcome = (id: string) =>
        ({
          kind: 'outcome',
          call: id,
          outcome: 'ok',
          accesses: [],
          bytes: 10,
          redactions: 0,
          hidden: 0,
          durationMs: 4,
          digest: '0'.repeat(64),
        }) as const
      const reserve = [bucket('bytes', 100, 100)]
      const refund = { bucketOwner: admission('', []).bucketOwner, bucket: 'bytes', tokens: 90 }
      ok((await ledger.admit(admission('c1', reserve))).admitted, 'the first call')
      equal((await ledger.admit(admission('c2', [bucket('bytes', 100, 1)]))).admitted, false, 'nothing left')
      await ledger.append({ now: NOW, entry: outcome('c1'), refund })
      ok((await ledger.admit(admission('c3', [bucket('bytes', 100, 90)]))).admitted, 'what was given back')
      await ledger.append({ now: NOW, entry: outcome('c3'), refund: { ...refund, tokens: 1_000_000 } })
      equal((await ledger.admit(admission('c4', [bucket('bytes', 1000, 101)]))).admitted, false, 'not beyond the brim')
      ok((await ledger.admit(admission('c5', reserve))).admitted, 'the brim')
    },
  },
  {
    name: 'owners and ledgers do not share a bucket',
    async run(make) {
      const { ledger, other } = await make()
      const mine = admission('c1', [bucket('calls', 1, 1)])
      const long = { ...mine, bucketOwner: 'x'.repeat(5000) }
      ok((await ledger.admit(mine)).admitted, 'mine')
      equal((await ledger.admit(mine)).admitted, false, 'mine again')
      ok((await ledger.admit({ ...mine, bucketOwner: 'somebody else' })).admitted, 'another owner')
      ok((await ledger.admit(long)).admitted, 'an owner with a long name')
      equal((await ledger.admit(long)).admitted, false, 'the same again')
      ok((await ledger.admit({ ...long, bucketOwner: 'x'.repeat(5001) })).admitted, 'one that differs at the end')
      ok((await other.admit(mine)).admitted, 'another ledger')
    },
  },
  {
    name: 'a flood of refusals is counted and not written, and the next one written says how many',
    async run(make) {
      const made = await make()
      const { ledger } = made
      const dry = [bucket('calls', 0, 1)]
      for (let index = 0; index < REFUSAL_BURST; index++) {
        ok((await ledger.admit(admission(`c${index}`, dry))).admitted === false, 'refused')
      }
      const silent = await ledger.admit(admission('silent', dry))
      ok(!silent.admitted && silent.seq === undefined, 'refused and not written')
      equal(await ledger.append({ now: NOW, entry: refusal('silent too') }), {}, 'an appended refusal')
      const paid = await ledger.admit({ ...admission('paid', [bucket('calls', 1, 1)]), entry: refusal('paid') })
      equal(paid, { admitted: true }, 'a refusal that was paid for')
      const another = { ...agent, client: 'other-agent' }
      ok((await ledger.append({ now: NOW, entry: refusal('x', another) })).seq !== undefined, 'another caller')
      ok((await ledger.append({ now: NOW + 60_000, entry: refusal('later') })).seq !== undefined, 'a minute later')
      const last = (await verified(made)).at(-1)
      ok(last?.kind === 'refusal', 'the last record')
      equal([last.call, last.suppressed], ['later', 3], 'what it says')
      equal((await ledger.status()).seq, REFUSAL_BURST + 2, 'records')
    },
  },
  {
    name: 'a flood of authentication failures from many addresses cannot fill the ledger',
    async run(make) {
      const made = await make()
      const failure = (index: number, now = NOW) => ({
        now,
        entry: { kind: 'authentication_failure', reason: 'unknown_key', address: `198.51.100.${index}` } as const,
      })
      const answers = await Promise.all(Array.from({ length: 250 }, (_, index) => made.ledger.append(failure(index))))
      equal(answers.filter((it) => it.seq !== undefined).length, AUTHENTICATION_FAILURE_BURST, 'written')
      await made.restart()
      await made.ledger.append(failure(250, NOW + 60_000))
      const last = (await verified(made)).at(-1)
      ok(last?.kind === 'authentication_failure', 'the last record')
      equal(last.suppressed, 250 - AUTHENTICATION_FAILURE_BURST, 'suppressed')
    },
  },
  {
    name: 'L5-4 whatever an entry holds, its record is one bounded line',
    async run(make) {
      const made = await make()
      const long: RecordedAccess = {
        verb: 'get',
        group: '"'.repeat(5000),
        resource: '€'.repeat(5000),
        subresource: '\u{10ffff}'.repeat(5000),
        namespace: '\\'.repeat(5000),
        name: HOSTILE,
        decision: 'allow',
        rule: '語'.repeat(5000),
      }
      const caller = { ...agent, act: Array.from({ length: 300 }, () => 'é'.repeat(300)) }
      const entry = {
        ...call(
          HOSTILE,
          Array.from({ length: 300 }, () => long),
        ),
        caller,
      }
      await made.ledger.append({ now: NOW, entry })
      const [record] = await verified(made)
      ok(record?.kind === 'call', 'the record')
      const line = recordLine(record)
      ok(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u.test(line), 'a character that could break or hide in the line')
      ok(new TextEncoder().encode(line).length <= 65_536, `${line.length} characters`)
      equal(record.accesses.length + (record.caller.act?.length ?? 0) + (record.cut ?? 0), 600, 'elements, cut or kept')
      equal(record.accesses[0]?.rule?.length, MAX_RECORD_STRING, 'a string that was cut')
    },
  },
  {
    name: 'an entry that cannot be chained is refused whole: nothing taken, nothing written',
    async run(make) {
      const made = await make()
      const broken = { ...admission('c1', [bucket('calls', 1, 1)]), entry: { ...call('c1'), bytes: 0.5 } }
      await rejects(() => made.ledger.admit(broken), 'ledger_unavailable', 'a fraction')
      await rejects(
        () => made.ledger.admit(admission('c2', [bucket('Calls', 1, 1)])),
        'ledger_unavailable',
        'a bucket name that is none',
      )
      equal((await made.ledger.status()).seq, 0, 'records')
      ok((await made.ledger.admit(admission('c3', [bucket('calls', 1, 1)]))).admitted, 'the token is still there')
    },
  },
  {
    name: 'pages are in order, without gaps, and never longer than allowed',
    async run(make) {
      const made = await make()
      const count = MAX_LEDGER_PAGE + 20
      await Promise.all(
        Array.from({ length: count }, (_, index) => made.ledger.append({ now: NOW, entry: call(`c${index}`) })),
      )
      const whole = await made.ledger.read(0, 1_000_000)
      equal([whole.records.length, whole.next], [MAX_LEDGER_PAGE, MAX_LEDGER_PAGE], 'the first page')
      equal((await made.ledger.read(0, 0)).records.length, 1, 'a page of none')
      equal(await made.ledger.read(count, 10), { records: [] }, 'beyond the end')
      const last = await made.ledger.read(count - 10, 10)
      equal([last.records.length, last.next], [10, undefined], 'exactly the end')
      equal(
        (await readAll(made.ledger, 77)).map((it) => it.seq),
        Array.from({ length: count }, (_, index) => index + 1),
        'by pages of 77',
      )
      await verified(made)
    },
  },
  {
    name: 'the room that is left shrinks as the ledger grows',
    async run(make) {
      const { ledger } = await make()
      const before = await ledger.status()
      await Promise.all(
        Array.from({ length: 200 }, (_, index) => ledger.append({ now: NOW, entry: call(`c${index}`) })),
      )
      const after = await ledger.status()
      ok(after.bytesUsed > before.bytesUsed, `used ${before.bytesUsed}, then ${after.bytesUsed}`)
      ok(after.bytesAvailable > 0, `available ${after.bytesAvailable}`)
    },
  },
]

export const fragileLedgerContract: readonly Check<MakeFragileLedger>[] = [
  {
    name: 'L7-1 after a crash no more than the budget was admitted, and whatever was answered is recorded',
    async run(make) {
      const made = await make()
      const [during] = await Promise.all([rush(made.ledger, 100, 'a'), made.crash()])
      const after = await rush(made.ledger, 100, 'b')
      ok(during.admitted + after.admitted <= 50, `admitted ${during.admitted} + ${after.admitted}`)
      const calls = (await verified(made)).filter((it) => it.kind === 'call')
      equal(calls.length, 50, 'call records')
    },
  },
]
