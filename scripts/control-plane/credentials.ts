/**
 * The certificates, keys and kubeconfigs of one control plane: a fresh authority for every start, in the control
 * plane's own private directory.
 */
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createAuthority, type IssuedCertificate } from '../lib/pki.ts'

/** The user that each client of the API server is; the groups are what its RBAC bootstrap expects. */
const CLIENTS = {
  admin: { commonName: 'bulkhead-test-admin', organizations: ['system:masters'] },
  'kube-controller-manager': { commonName: 'system:kube-controller-manager' },
  'kube-scheduler': { commonName: 'system:kube-scheduler' },
  // It plays every node at once and so has no node's narrow rights.
  kwok: { commonName: 'bulkhead-test-kwok', organizations: ['system:masters'] },
} as const

export type ClientName = keyof typeof CLIENTS

/** Paths of PEM files. */
export interface KeyFiles {
  readonly certificate: string
  readonly key: string
}

export interface Credentials {
  /** PEM */
  readonly certificateAuthority: string
  readonly certificateAuthorityFile: string
  readonly certificateAuthorityKeyFile: string
  readonly adminCertificate: IssuedCertificate
  /** Paths, one per client. */
  readonly kubeconfigs: Readonly<Record<ClientName, string>>
  /** What the API server shows to its clients. */
  readonly apiServer: KeyFiles
  /** What the API server shows to kubelets. */
  readonly kubeletClient: KeyFiles
  /** What the played kubelets show to the API server. */
  readonly kubelet: KeyFiles
  /** etcd's own; also what the API server shows to it. */
  readonly etcd: KeyFiles
  /** Signs ServiceAccount tokens: PEM files of the private and the public key. */
  readonly serviceAccount: { readonly privateKey: string; readonly publicKey: string }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const withCertificate = ({ certificate, key }: IssuedCertificate) => ({
  'client-certificate-data': base64(certificate),
  'client-key-data': base64(key),
})

/** A kubeconfig with one cluster, one user and one context, all named `bulkhead`. `user`: how it proves itself. */
export const kubeconfigText = (
  server: string,
  certificateAuthority: string,
  user: Readonly<Record<string, string>>,
): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bulkhead', cluster: { server, 'certificate-authority-data': base64(certificateAuthority) } }],
    users: [{ name: 'bulkhead', user }],
    contexts: [{ name: 'bulkhead', context: { cluster: 'bulkhead', user: 'bulkhead' } }],
    'current-context': 'bulkhead',
  })

/** Writes everything into `directory`, readable by this user only. */
export const writeCredentials = async (directory: string, server: string): Promise<Credentials> => {
  const authority = await createAuthority('bulkhead-test-cluster')
  const save = async (name: string, text: string) => {
    const path = join(directory, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const saveKeys = async (name: string, issued: IssuedCertificate): Promise<KeyFiles> => ({
    certificate: await save(`${name}.crt`, issued.certificate),
    key: await save(`${name}.key`, issued.key),
  })
  const saveKubeconfig = async (name: ClientName) => {
    const issued = await authority.issue({ ...CLIENTS[name], usage: 'client' })
    return {
      issued,
      path: await save(`${name}.kubeconfig`, kubeconfigText(server, authority.certificate, withCertificate(issued))),
    }
  }
  const loopback = ['127.0.0.1', 'localhost']
  const admin = await saveKubeconfig('admin')
  const controllerManager = await saveKubeconfig('kube-controller-manager')
  const scheduler = await saveKubeconfig('kube-scheduler')
  const kwok = await saveKubeconfig('kwok')
  const signing = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return {
    certificateAuthority: authority.certificate,
    certificateAuthorityFile: await save('ca.crt', authority.certificate),
    certificateAuthorityKeyFile: await save('ca.key', authority.key),
    adminCertificate: admin.issued,
    kubeconfigs: {
      admin: admin.path,
      'kube-controller-manager': controllerManager.path,
      'kube-scheduler': scheduler.path,
      kwok: kwok.path,
    },
    apiServer: await saveKeys(
      'kube-apiserver',
      await authority.issue({
        commonName: 'kube-apiserver',
        usage: 'server',
        altNames: [...loopback, 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      }),
    ),
    kubeletClient: await saveKeys(
      'kubelet-client',
      await authority.issue({ commonName: 'kube-apiserver-kubelet-client', usage: 'client' }),
    ),
    kubelet: await saveKeys(
      'kubelet',
      await authority.issue({ commonName: 'kubelet', usage: 'server', altNames: loopback }),
    ),
    etcd: await saveKeys('etcd', await authority.issue({ commonName: 'etcd', usage: 'both', altNames: loopback })),
    serviceAccount: {
      privateKey: await save('service-account.key', signing.privateKey),
      publicKey: await save('service-account.pub', signing.publicKey),
    },
  }
}
