/**
 * A throw-away certificate authority for local runs and tests: the demo cluster and the real control plane both stand
 * on it. Keys live in memory and, where a server needs files, in a private temporary folder; nothing here is used by
 * the product itself.
 */
import 'reflect-metadata' // @peculiar/x509 asks for it
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** Long enough for any local run; short enough that a forgotten one is worthless soon. */
const LIFETIME_MS = 30 * 24 * 3600 * 1000
const CLOCK_SKEW_MS = 5 * 60 * 1000

/** PEM, both of them; the key as PKCS#8. */
export interface IssuedCertificate {
  readonly certificate: string
  readonly key: string
}

export interface IssueOptions {
  readonly commonName: string
  /** Kubernetes reads these as the user's groups. */
  readonly organizations?: readonly string[]
  /** DNS names and IP addresses; present on server certificates. */
  readonly altNames?: readonly string[]
  readonly usage: 'client' | 'server' | 'both'
}

export interface Authority {
  /** The authority's own certificate, PEM. */
  readonly certificate: string
  readonly key: string
  issue(options: IssueOptions): Promise<IssuedCertificate>
}

const validity = () => {
  const now = Date.now()
  return { notBefore: new Date(now - CLOCK_SKEW_MS), notAfter: new Date(now + LIFETIME_MS) }
}

const serialNumber = () =>
  Buffer.from(webcrypto.getRandomValues(new Uint8Array(15)))
    .toString('hex')
    .replace(/^/, '01')

const exportKey = async (key: CryptoKey) => {
  const der = await webcrypto.subtle.exportKey('pkcs8', key as webcrypto.CryptoKey)
  return x509.PemConverter.encode(der, 'PRIVATE KEY')
}

const newKeys = async () =>
  (await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify'])) as unknown as CryptoKeyPair

const subject = (commonName: string, organizations: readonly string[]) =>
  new x509.Name([{ CN: [commonName] }, ...organizations.map((name) => ({ O: [name] }))])

const usages: Record<IssueOptions['usage'], string[]> = {
  client: [x509.ExtendedKeyUsage.clientAuth],
  server: [x509.ExtendedKeyUsage.serverAuth],
  both: [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth],
}

/** Makes a new authority; every call gives another one. */
export const createAuthority = async (commonName: string): Promise<Authority> => {
  const keys = await newKeys()
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject(commonName, []).toString(),
    keys,
    signingAlgorithm: KEY_ALGORITHM,
    serialNumber: serialNumber(),
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    certificate: root.toString('pem'),
    key: await exportKey(keys.privateKey),
    async issue({ commonName, organizations = [], altNames = [], usage }) {
      const own = await newKeys()
      const names = altNames.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }))
      const certificate = await x509.X509CertificateGenerator.create({
        subject: subject(commonName, organizations).toString(),
        issuer: root.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: KEY_ALGORITHM,
        serialNumber: serialNumber(),
        ...validity(),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension(usages[usage]),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
          ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
        ],
      })
      return { certificate: certificate.toString('pem'), key: await exportKey(own.privateKey) }
    },
  }
}
