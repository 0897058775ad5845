/** Certificates, by what cert-manager's own objects say: nobody here reads the Secret that holds one. */
import { humanDuration } from '../../kube/ages.ts'
import { arrayOf, textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import { nameOf, subjectNamed, subjectOf } from '../subject.ts'
import { conditionEvidence, conditionOf, eventEvidence, objectsIn, remedy, since, specOf, statusOf } from '../words.ts'

/** Whoever renews certificates has done it by then. */
const EXPIRES_SOON_MS: Millis = 3 * 24 * 3_600_000

const certificate: Check = {
  id: 'certificate-not-ready',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('certificates').flatMap((object): readonly Draft[] => {
      const subject = subjectOf(object)
      const ready = conditionOf(object, 'Ready')
      const left = since(statusOf(object).notAfter, snapshot.now)
      const expired = left !== undefined && left > 0
      const soon = left !== undefined && left <= 0 && -left < EXPIRES_SOON_MS
      if (!expired && !soon && ready?.status !== 'False') return []
      const names = arrayOf(specOf(object).dnsNames).map(String).join(', ')
      const secret = textOf(specOf(object).secretName)
      return [
        {
          severity: expired || ready?.status === 'False' ? 'critical' : 'warning',
          subject,
          summary: expired
            ? `The certificate of ${nameOf(subject)} for ${names} expired ${humanDuration(left)} ago.`
            : soon
              ? `The certificate of ${nameOf(subject)} for ${names} expires in ${humanDuration(-left)} and was not renewed.`
              : `${nameOf(subject)} for ${names} is not issued.`,
          evidence: [
            ...(left === undefined ? [] : [{ source: 'status.notAfter', text: String(statusOf(object).notAfter) }]),
            ...(ready === undefined ? [] : [conditionEvidence(ready, snapshot.now)]),
            ...eventEvidence(snapshot.events(subject)),
          ],
          confidence: 'high',
          remedies: [remedy('See its CertificateRequest, Order and Challenge, and whether the issuer answers.')],
          ...(secret === undefined ? {} : { affects: [subjectNamed('secrets', secret, subject.namespace)] }),
        },
      ]
    }),
}

/** A host of an Ingress that the certificate of its Secret does not have. */
const hostMismatch: Check = {
  id: 'certificate-host-mismatch',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('ingresses').flatMap((ingress) => {
      const subject = subjectOf(ingress)
      return objectsIn(specOf(ingress).tls).flatMap(({ secretName, hosts }): readonly Draft[] => {
        const issued = snapshot
          .list('certificates')
          .find((it) => it.metadata?.namespace === subject.namespace && specOf(it).secretName === secretName)
        if (issued === undefined) return []
        const names = arrayOf(specOf(issued).dnsNames).map(String)
        const missing = arrayOf(hosts)
          .map(String)
          .filter((host) => !names.some((it) => covers(it, host)))
        if (missing.length === 0) return []
        return [
          {
            severity: 'warning',
            subject,
            summary: `${nameOf(subject)} serves ${missing.join(', ')} with a certificate for other names.`,
            evidence: [
              {
                source: 'spec.tls',
                text: `Secret ${String(secretName)}, hosts ${arrayOf(hosts).map(String).join(', ')}`,
              },
              { source: `${nameOf(subjectOf(issued))} spec.dnsNames`, text: names.join(', ') },
            ],
            confidence: 'high',
            remedies: [remedy('Add the host to the certificate’s names.')],
          },
        ]
      })
    }),
}

/** RFC 6125 section 6.4.3: a wildcard stands for one label. */
const covers = (name: string, host: string): boolean =>
  name === host || (name.startsWith('*.') && host.slice(host.indexOf('.') + 1) === name.slice(2))

/** Asked for by network.ts, with the Secrets that routes name. */
export const certificates: Family = { checks: [certificate, hostMismatch] }
