/** @jsxImportSource hono/jsx */
/** An error as a page: the same status as everywhere, the code for whoever reports it, the sentence for whoever reads it. */
import type { BulkheadError } from '../../errors.ts'
import { Note, page } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'

export const ErrorNote = ({ error }: { error: Pick<BulkheadError, 'code' | 'message'> }) => (
  <Note kind="bad" head={error.message}>
    <code>{error.code}</code>
  </Note>
)

export const errorPage = (error: BulkheadError, signedIn?: SignedIn): string =>
  page({
    title: `Error ${error.status}`,
    signedIn,
    children: (
      <div class="centre stack">
        <h1>That did not work</h1>
        <ErrorNote error={error} />
        <p>
          <a href={error.status === 401 ? '/console/sign-in' : '/console'}>
            {error.status === 401 ? 'Sign in' : 'To the plans'}
          </a>
        </p>
      </div>
    ),
  })
