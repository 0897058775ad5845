/** Checkpoints as C2SP writes them, and what is not one. */
import { bytesToHex } from '@noble/hashes/utils.js'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  createSigner,
  ledgerOfOrigin,
  originOf,
  parseCheckpoint,
  parseVkey,
  type Signer,
  signCheckpoint,
  type TreeHead,
  type Verifier,
  verifyNote,
  vkeyOf,
} from '../../../src/guard/checkpoint.ts'
import { EMPTY_ROOT } from '../../../src/guard/merkle.ts'

/** The example of the format's first implementation (golang.org/x/mod/sumdb/note). */
const EXAMPLE_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const EXAMPLE_NOTE = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`
/** The example of https://c2sp.org/tlog-checkpoint. */
const C2SP_NOTE = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`

const origin = originOf('https://bulkhead.example.com', 'prod')
const head: TreeHead = { origin, size: 8, root: EMPTY_ROOT }
let signer: Signer
let verifier: Verifier
let note: string
const verifierOf = (text: string): Verifier => {
  const found = parseVkey(text)
  if (found === undefined) throw new Error(`${text} is no vkey`)
  return found
}
beforeAll(async () => {
  signer = await createSigner(new Uint8Array(32).fill(7))
  verifier = verifierOf(vkeyOf(origin, signer.publicKey))
  note = await signCheckpoint(head, signer)
})

describe('a signed note', () => {
  test('L5-2 the published example holds under its key, and not when a letter of it changed', async () => {
    const key = verifierOf(EXAMPLE_KEY)
    expect(bytesToHex(key.id)).toBe('c74f20a3')
    expect(vkeyOf(key.name, key.publicKey)).toBe(EXAMPLE_KEY)
    expect(await verifyNote(EXAMPLE_NOTE, key)).toBe(true)
    expect(await verifyNote(EXAMPLE_NOTE.replace('answer', 'anwser'), key)).toBe(false)
    expect(parseCheckpoint(EXAMPLE_NOTE)).toBeUndefined()
  })

  test('one that we sign is three lines, an empty one and a signature, and holds', async () => {
    expect(note).toMatch(
      /^bulkhead\.example\.com\/prod\n8\n[A-Za-z0-9+/]{43}=\n\n— bulkhead\.example\.com\/prod [A-Za-z0-9+/]{90}[A-Za-z0-9+/=]{2}\n$/,
    )
    expect(await verifyNote(note, verifier)).toBe(true)
    expect(parseCheckpoint(note)).toEqual(head)
    expect(parseCheckpoint(C2SP_NOTE)).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 })
    expect(ledgerOfOrigin(origin)).toBe('prod')
  })

  test('L5-2 the key that signs cannot be told by the platform', async () => {
    const sign = vi.spyOn(crypto.subtle, 'sign')
    try {
      await signer.sign(new Uint8Array(1))
      expect(sign.mock.calls.map(([, key]) => key.extractable)).toEqual([false])
    } finally {
      sign.mockRestore()
    }
  })

  test('a witness’s signature beside ours changes nothing, before it or behind', async () => {
    const witness = '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZC\n'
    expect(await verifyNote(note + witness, verifier)).toBe(true)
    expect(await verifyNote(note.replace('\n\n', `\n\n${witness}`), verifier)).toBe(true)
  })

  test('L5-2 nothing else holds: another text, key, name, signature, or none', async () => {
    const other = await createSigner(new Uint8Array(32).fill(8))
    const otherKey = verifierOf(vkeyOf(origin, other.publicKey))
    const otherName = verifierOf(vkeyOf(originOf('https://bulkhead.example.com', 'test'), signer.publicKey))
    const bent = {
      size: note.replace('\n8\n', '\n9\n'),
      root: note.replace('47DEQ', '47DEr'),
      origin: note.replace('/prod\n8', '/test\n8'),
      'an extension line put in': note.replace('\n\n', '\nmore\n\n'),
      signature: note.replace(/(.)(==?)?\n$/, (_, last: string, end = '') => `${last === 'A' ? 'B' : 'A'}${end}\n`),
      'no signature': note.slice(0, note.indexOf('—')),
      'no end of line': note.slice(0, -1),
      'signed by another': await signCheckpoint(head, other),
      nothing: '',
    }
    for (const [what, text] of Object.entries(bent)) {
      expect(text, what).not.toBe(note)
      expect(await verifyNote(text, verifier), what).toBe(false)
    }
    expect(await verifyNote(note, otherKey)).toBe(false)
    expect(await verifyNote(note, otherName)).toBe(false)
  })

  test.each([
    ['no lines', ''],
    ['a size with a zero before it', 'a/b\n08\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'],
    ['a size past counting', 'a/b\n9999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'],
    ['a short root', 'a/b\n8\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n'],
    ['a root with loose bits', 'a/b\n8\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n'],
    ['an origin with a space', 'a b\n8\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'],
  ])('%s is no checkpoint', (_, text) => expect(parseCheckpoint(text)).toBeUndefined())

  test.each([
    ['another id', EXAMPLE_KEY.replace('c74f20a3', 'c74f20a4')],
    ['another algorithm', EXAMPLE_KEY.replace('+ARpc', '+Axpc')],
    ['another name', EXAMPLE_KEY.replace('Peter', 'Petra')],
    ['a key cut short', EXAMPLE_KEY.slice(0, -1)],
    ['nothing', ''],
  ])('a vkey with %s is none', (_, text) => expect(parseVkey(text)).toBeUndefined())
})
