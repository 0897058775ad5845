/** test/situations/README.md: how a situation is written, and which there are. Generated; compared by a test. */
import { CLASSES, type Situation } from './format.ts'

const HEAD = `# Situations

Each directory is one: what is planted in a namespace of its own, and what a diagnosis must say about it. All of them run
on the demo cluster (\`test/unit/diagnose/situations.test.ts\`) and on the real control plane
(\`test/cluster/situations.test.ts\`), each through the whole product, with every request to the API server counted.
\`vitest run --project unit test/unit/diagnose/format.test.ts -u\` writes this file anew.

\`manifests.yaml\` holds documents in the order of planting. Times are relative: \`{{ago 5m}}\`, \`{{in 3d}}\`; \`{{namespace}}\`
is the namespace, also to be used in names of what lives in none. A document is one of:

- An object as it would be applied. A second one of the same kind and name changes the first, once everything before stands.
- A \`status\`, beside the object or alone. A name with \`*\` stands for objects that controllers make, with \`labels\` where
  that does not tell them apart. Of a pod only what is wrong need be said: the planter plays the kubelet and fills in the
  rest, and makes every pod that no document speaks of healthy. What a controller of the real control plane writes by
  itself is waited for there, and planted on the demo.
- A v1 \`Event\`, in short: \`involvedObject\`, \`type\`, \`reason\`, \`message\`, \`count\`, times, \`component\`. In a status and an
  event \`{{name}}\`, \`{{uid}}\` and \`{{node}}\` are those of the object.
- A \`ContainerLog\`: what a container of that name has written.

\`plant\` in a document says how: \`on\` one platform only, with an \`owner\`, with \`delete\` once all stands, \`still\` for the demo's
controllers, for at most \`count\` objects.

\`expected.yaml\` names the scope, the root causes in order (the first must come first, and there may be no other), and
consequences with what they are caused by, near or far. \`after\` is how far the clock of the diagnosis is ahead of planting.
`

const line = ({ name, expected }: Situation): string => {
  const { title, rootCauses, platforms } = expected
  const checks = [...new Set(rootCauses.map(({ check }) => `\`${check}\``))].join(', ')
  const where = platforms.length === 2 ? '' : ` (${platforms.join(', ')} only)`
  return `| \`${name}\` | ${title}${where} | ${checks} |`
}

export const tableOf = (situations: readonly Situation[]): string =>
  [
    HEAD,
    ...CLASSES.flatMap((name) => {
      const found = situations.filter(({ expected }) => expected.class === name)
      return [
        `## ${name} (${found.length})`,
        '',
        '| situation | what is so | root causes |',
        '|---|---|---|',
        ...found.map(line),
        '',
      ]
    }),
  ].join('\n')
