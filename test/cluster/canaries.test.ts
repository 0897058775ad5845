/** The canaries of test/support in the real control plane, with the roles that are shipped, the opt-in among them. */
import { readFile } from 'node:fs/promises'
import { inject } from 'vitest'
import { clusterRequest } from '../../scripts/control-plane/client.ts'
import { applyManifests, serviceAccountToken } from '../../scripts/control-plane/helpers.ts'
import { NAMESPACE } from '../support/canary-objects.ts'
import { describeCanaries } from '../support/canary-suite.ts'
import { grantChanges, grantReads } from '../support/canary-targets.ts'
import type { Send } from '../support/plant.ts'

const access = inject('controlPlane')

const send: Send = (method, path, body, contentType) =>
  clusterRequest(access, { method, path, body, ...(contentType === undefined ? {} : { contentType }) })

describeCanaries({
  platform: 'workerd',
  refused: ['ConfigMap hidden-label'],
  async start() {
    for (const role of ['read', 'change'])
      await applyManifests(access, await readFile(new URL(`../../deploy/rbac/${role}.yaml`, import.meta.url), 'utf8'))
    await grantReads(send)
    await grantChanges(send, NAMESPACE)
    return {
      cluster: {
        name: 'real',
        server: access.server,
        certificateAuthority: access.certificateAuthority,
        readToken: await serviceAccountToken(access, 'bulkhead', 'bulkhead-read'),
        changeToken: await serviceAccountToken(access, 'bulkhead', 'bulkhead-change'),
      },
      send,
      stop: () => Promise.resolve(),
    }
  },
})
