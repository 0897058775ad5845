/** @jsxImportSource hono/jsx */
/** The page that asks for an operator's key. */

import { Note, page } from './layout.tsx'
import { HOME } from './next.ts'

export const signInPage = ({ next, error }: { next: string; error?: string | undefined }): string =>
  page({
    title: 'Sign in',
    children: (
      <div class="centre stack">
        <h1>Sign in</h1>
        {error !== undefined && <Note kind="bad" head={error} />}
        <div class="card">
          <form method="post" action="/console/sign-in">
            {next !== HOME && <input type="hidden" name="next" value={next} />}
            <label>
              Operator key
              <input type="password" name="key" required autocomplete="current-password" spellcheck={false} />
            </label>
            <button type="submit" class="primary">
              Sign in
            </button>
          </form>
        </div>
        <p class="soft small">For operators. Agents’ keys open /mcp only. A session lasts eight hours.</p>
      </div>
    ),
  })
