/** One good call of every read tool on the demo cluster, with the pod that its shop has in this run. */
import { goodCalls } from '../../test/support/calls.ts'
import { nameIn, tool } from './compare.ts'
import { type Call, type Side, send } from './measure.ts'

export interface ToolCall {
  readonly tool: string
  readonly call: Call
}

export const callsOfEachTool = async (side: Side): Promise<readonly ToolCall[]> => {
  const labelSelector = 'app.kubernetes.io/name=catalog'
  const pods = await send(side, tool('pods_list', { namespace: 'shop', labelSelector, limit: 1 }))
  const place = { namespace: 'shop', pod: nameIn(pods.result), container: 'app', workload: 'catalog', metrics: true }
  return goodCalls(place).map((it) => ({ tool: it.tool, call: tool(it.tool, it.args) }))
}
