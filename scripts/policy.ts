/**
 * `npm run policy -- explain …`: which rule decides, and why the others do not.
 * `npm run policy -- test CASES.yaml`: an operator's expectations, kept beside the policy.
 * Both ask the same code that guards calls, rails included; no cluster is asked.
 */
import { runCommand, UsageError } from './lib/command.ts'
import { explain } from './policy/explain.ts'
import { test } from './policy/test.ts'

const USAGE = `Usage: npm run policy -- explain [--config FILE] [--group GROUP]… [--caller NAME] --verb VERB --resource RESOURCE
                              [--cluster NAME] [--namespace NAME | --cluster-scoped] [--name NAME] [--at TIME]
       npm run policy -- test CASES.yaml [--config FILE]

FILE is bulkhead.yaml unless named. RESOURCE as in policy: pods, pods/log, deployments.apps.`

await runCommand((argv) => {
  const [command, ...rest] = argv
  switch (command?.replace(/^--/, '')) {
    case 'explain':
      return explain(rest, USAGE)
    case 'test':
      return test(rest, USAGE)
    default:
      throw new UsageError(USAGE)
  }
})
