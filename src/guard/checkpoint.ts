/**
 * A checkpoint: how long a ledger was and what was in it, signed, so that nobody can take records back without being found
 * out by whoever kept it. The format is C2SP's tlog-checkpoint (https://c2sp.org/tlog-checkpoint) in a signed note
 * (https://c2sp.org/signed-note) with Ed25519; any tool that reads those reads ours. Pure but for WebCrypto.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { bytesOfBase64, toBase64 } from './base64.ts'
import { type Hash, leafHash, sameHash } from './merkle.ts'

/** What is signed. */
export interface TreeHead {
  /** `HOST/LEDGER`: which ledger of which deployment. It is also the name of the key that signs. */
  readonly origin: string
  /** Records. */
  readonly size: number
  readonly root: Hash
}

export interface Signer {
  readonly publicKey: Uint8Array
  sign(text: Uint8Array): Promise<Uint8Array>
}

/** A key that checks, as a vkey tells it. */
export interface Verifier {
  readonly name: string
  readonly id: Uint8Array
  readonly publicKey: Uint8Array
}

/** The leaf of a record: the 32 bytes of its hash, which covers all of it and the chain before it. */
export const recordLeaf = (hash: string): Hash => leafHash(hexToBytes(hash))

export const originOf = (publicUrl: string, ledger: string): string => `${new URL(publicUrl).host}/${ledger}`
/** Names of ledgers hold no slash. */
export const ledgerOfOrigin = (origin: string): string => origin.slice(origin.lastIndexOf('/') + 1)

const ED25519 = Uint8Array.of(1)
const KEY_BYTES = 32
const HASH_BYTES = 32
const ID_BYTES = 4
const SIGNATURE_BYTES = 64
/** PKCS#8 (RFC 8410 section 7) up to the seed: the only form in which every WebCrypto takes a private key. */
const PKCS8 = hexToBytes('302e020100300506032b657004220420')
/** A checkpoint is three lines and a signature; with witnesses', a few more. What is longer is none. */
const MAX_NOTE_LENGTH = 16_384

/** Standard base64 with padding, as the formats ask for. Undefined where it is not exactly what `toBase64` writes. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  try {
    const bytes = bytesOfBase64(text)
    return toBase64(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

/** For WebCrypto's types, which refuse memory that might be shared. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

/** `seed`: 32 bytes. */
export const createSigner = async (seed: Uint8Array): Promise<Signer> => {
  const load = (isExtractable: boolean): Promise<CryptoKey> =>
    crypto.subtle.importKey('pkcs8', owned(concatBytes(PKCS8, seed)), 'Ed25519', isExtractable, ['sign'])
  // WebCrypto tells the public key of an extractable one alone; the key that is kept and signs is none.
  const jwk = await crypto.subtle.exportKey('jwk', await load(true))
  const x = 'x' in jwk && typeof jwk.x === 'string' ? jwk.x : ''
  const publicKey = bytesOfBase64(x)
  if (publicKey.length !== KEY_BYTES) throw new TypeError('Make a signer: the platform does not tell the public key')
  const key = await load(false)
  return {
    publicKey,
    sign: async (text) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, owned(text))),
  }
}

const keyId = (name: string, publicKey: Uint8Array): Uint8Array =>
  sha256(concatBytes(utf8ToBytes(`${name}\n`), ED25519, publicKey)).slice(0, ID_BYTES)

/** The verifier key as text: `NAME+ID+BASE64`. */
export const vkeyOf = (name: string, publicKey: Uint8Array): string =>
  `${name}+${bytesToHex(keyId(name, publicKey))}+${toBase64(concatBytes(ED25519, publicKey))}`

/** Undefined where the text is no vkey of Ed25519, or its id is another key's. */
export const parseVkey = (text: string): Verifier | undefined => {
  const [, name, id, key] = /^([^\s+]{1,512})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text) ?? []
  const bytes = fromBase64(key ?? '')
  if (name === undefined || id === undefined || bytes === undefined || bytes[0] !== ED25519[0]) return undefined
  const publicKey = bytes.slice(1)
  const verifier = { name, id: keyId(name, publicKey), publicKey }
  return bytesToHex(verifier.id) === id ? verifier : undefined
}

const textOf = ({ origin, size, root }: TreeHead): string => `${origin}\n${size}\n${toBase64(root)}\n`

/** The signed note. */
export const signCheckpoint = async (head: TreeHead, signer: Signer): Promise<string> => {
  const text = textOf(head)
  const signature = await signer.sign(utf8ToBytes(text))
  const line = toBase64(concatBytes(keyId(head.origin, signer.publicKey), signature))
  return `${text}\n— ${head.origin} ${line}\n`
}

/** Whether one of a note's signatures is of this key and holds for its text. Others (witnesses') are passed over. */
export const verifyNote = async (note: string, { name, id, publicKey }: Verifier): Promise<boolean> => {
  const end = note.lastIndexOf('\n\n')
  if (note.length > MAX_NOTE_LENGTH || end === -1 || !note.endsWith('\n')) return false
  const text = owned(utf8ToBytes(note.slice(0, end + 1)))
  const key = await crypto.subtle.importKey('raw', owned(publicKey), 'Ed25519', false, ['verify'])
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, who, encoded] = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? []
    const bytes = fromBase64(encoded ?? '')
    if (who !== name || bytes?.length !== ID_BYTES + SIGNATURE_BYTES || !sameHash(bytes.slice(0, ID_BYTES), id))
      continue
    // A key's own line that does not hold is not made good by another one.
    return crypto.subtle.verify('Ed25519', key, owned(bytes.slice(ID_BYTES)), text)
  }
  return false
}

/** What a note says, whoever signed it; undefined where it is no checkpoint. Lines behind the third are not ours to judge. */
export const parseCheckpoint = (note: string): TreeHead | undefined => {
  if (note.length > MAX_NOTE_LENGTH) return undefined
  const [, origin, size, root] = /^([^\s+]{1,512})\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/=]{44})\n/.exec(note) ?? []
  const bytes = fromBase64(root ?? '')
  if (origin === undefined || bytes === undefined || bytes.length !== HASH_BYTES) return undefined
  return { origin, size: Number(size), root: bytes }
}
