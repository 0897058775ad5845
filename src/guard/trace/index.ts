/** Traces as configured: what begins them, or nothing, which then costs nothing. */
import type { Config } from '../../config.ts'
import type { Meter } from '../../meter.ts'
import type { Ports } from '../../ports.ts'
import type { BeginTrace } from '../../trace.ts'
import type { Output } from '../output/index.ts'
import { createExporter } from './exporter.ts'
import { createTracer } from './tracer.ts'

export interface TracingParts {
  readonly ports: Ports
  readonly config: Config
  readonly meter: Meter
  readonly output: Pick<Output, 'line'>
  readonly version: string
}

export const createTracing = ({ ports, config, meter, output, version }: TracingParts): BeginTrace | undefined => {
  const { traces: to } = config.telemetry
  if (to === undefined) return undefined
  const send = createExporter({ ports, to, meter, version, clean: output.line })
  return createTracer({ ports, meter, ratio: to.ratio, send })
}
