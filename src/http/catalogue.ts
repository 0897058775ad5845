/**
 * How a tool looks in `tools/list`. Derived from the tool, converted once per isolate: the catalogue is a constant
 * (THREATS.md L1-5), and converting zod to JSON Schema for each request costs more than the rest of the answer.
 */
import type { Tool as McpTool } from '@modelcontextprotocol/server'
import * as z from 'zod'
import type { Tool } from '../tool.ts'

export interface Catalogue {
  describe(tool: Tool): McpTool
  inputSchema(name: string): Record<string, unknown> | undefined
}

/** Every model pays for every word of the catalogue: what says that anything goes is what its absence says. */
const withoutEmptyWords = ({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  // Keys of JSON are strings.
  if ((jsonSchema.propertyNames as { readonly type?: string } | undefined)?.type === 'string')
    delete jsonSchema.propertyNames
  const { additionalProperties: rest } = jsonSchema
  if (typeof rest === 'object' && Object.keys(rest).length === 0) delete jsonSchema.additionalProperties
}

const jsonSchema = (schema: z.ZodObject): McpTool['inputSchema'] => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', override: withoutEmptyWords })
  return rest as McpTool['inputSchema']
}

/**
 * Derived from the kind of tool, so that they cannot drift. Both look only at configured clusters. A change may destroy:
 * which one does is for policy and people to say, not for a hint. `idempotentHint` is left out: it says nothing of a read,
 * and of a change what it would be without it.
 */
const ANNOTATIONS = {
  read: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
  change: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
} as const

const describe = (tool: Tool): McpTool => ({
  name: tool.name,
  title: tool.title,
  description: tool.description,
  inputSchema: jsonSchema(tool.input),
  ...(tool.output === undefined ? {} : { outputSchema: jsonSchema(tool.output) }),
  annotations: ANNOTATIONS[tool.kind],
})

export const createCatalogue = (tools: readonly Tool[]): Catalogue => {
  const described = new Map<string, McpTool>()
  const of = (tool: Tool): McpTool => {
    const known = described.get(tool.name) ?? describe(tool)
    described.set(tool.name, known)
    return known
  }
  return {
    describe: of,
    inputSchema(name) {
      const tool = tools.find((it) => it.name === name)
      return tool === undefined ? undefined : of(tool).inputSchema
    },
  }
}
