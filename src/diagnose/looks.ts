/** How the engine looks: through whoever knows policy (tools/glance.ts), and is told what stayed hidden. */
import type { ResourceType } from '../tool.ts'

export interface Look {
  /** Ours, never cluster text: it stands in a note. */
  readonly what: string
  readonly verb: 'get' | 'list'
  /** As `resolve` takes them: ours, or what an owner reference says. */
  readonly kind: string
  readonly apiVersion?: string
  /** Of a type that has none it is left out; absent on a list: all of them. */
  readonly namespace?: string | undefined
  readonly name?: string
}

export interface Looks {
  /** Undefined: hidden or failed, and told by `missed`. `scope` is what `ListQuery` takes. */
  look<T>(
    look: Look,
    work: (type: ResourceType, scope: { readonly namespace?: string }) => Promise<T>,
  ): Promise<T | undefined>
  /** `why` is an error code. */
  missed(): readonly { readonly what: string; readonly why: string }[]
}
