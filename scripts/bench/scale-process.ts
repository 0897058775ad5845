/** The cluster of any size in a process of its own, so that what it makes is in nobody else's memory or time. */
import { startScaleServer } from '../../test/support/scale-server.ts'

const { server, certificateAuthority, tokens, take } = await startScaleServer()
process.on('message', () => process.send?.({ counts: take() }))
// Whoever started it has gone.
process.on('disconnect', () => process.exit(0))
process.send?.({ started: { server, certificateAuthority, readToken: tokens.read } })
