/** @jsxImportSource hono/jsx */
/** What works and what does not: ledgers, clusters, and the targets of notifications with what they did not take. */
import type { DeskHealth } from '../../guard/desk.ts'
import { page } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'

export const healthPage = ({ signedIn, health }: { signedIn: SignedIn; health: readonly DeskHealth[] }): string => {
  const failing = health.filter((it) => !it.ok).length
  return page({
    title: 'Health',
    room: 'Health',
    signedIn,
    children: (
      <>
        <h1>{failing === 0 ? 'Everything works' : `Not working: ${failing} of ${health.length}`}</h1>
        <div class="card">
          <ul class="list">
            {health.map((it) => (
              <li class="tight">
                <div class="row spread">
                  <h2>{it.name}</h2>
                  <span class={`badge ${it.ok ? 'good' : 'bad'}`}>{it.ok ? 'works' : 'does not work'}</span>
                </div>
                {it.note !== undefined && <p class="soft small">{it.note}</p>}
              </li>
            ))}
          </ul>
        </div>
      </>
    ),
  })
}
