/**
 * What Bulkhead offers over MCP beside tools: prompts, resources and completion. Words only. None of them is another way
 * to a cluster: a prompt is a text of ours, a resource is another name for what a read tool answers, and completion is a
 * read tool that is not listed. All of them meet the same guard.
 */
import type * as z from 'zod'
import type { ReadTool } from './tool.ts'

/** One thing to do, left out for a caller to whom the tool is not open. */
export interface PromptStep {
  readonly tool: string
  /** Ours; the arguments are names that the prompt's schema has let through. */
  readonly text: (args: Readonly<Record<string, string | undefined>>) => string
}

/** A text that leads a model through tools: constant but for its arguments (THREATS.md L1-1, L1-5). */
export interface Prompt {
  readonly name: string
  readonly title: string
  readonly description: string
  /** Strict; every value is a string, as MCP has it. */
  readonly input: z.ZodObject
  readonly opening: (args: Readonly<Record<string, string | undefined>>) => string
  readonly steps: readonly PromptStep[]
  readonly closing: string
}

/** A read tool's answer under a URI. */
export interface ResourceFace {
  readonly name: string
  readonly title: string
  readonly description: string
  /** With `{variables}`, each one segment of the path; without any it is one resource. */
  readonly uri: string
  readonly tool: string
  /** The tool's arguments, which its own schema checks. */
  readonly arguments: (variables: Readonly<Record<string, string>>) => Readonly<Record<string, string>>
}

export interface Offer {
  readonly prompts: readonly Prompt[]
  readonly resources: readonly ResourceFace[]
  /** Its structured answer is `{ values: string[], hasMore: boolean }`. */
  readonly completion: ReadTool
}
