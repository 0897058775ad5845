/** An operator at the console, by its own forms. The session outlives the process: it is sealed, not stored. */

const PLAN_PAGE_DEADLINE_MS = 30_000

export interface WireOperator {
  /** The status of the answer; undefined where none came. */
  approve(plan: string, name: string): Promise<number | undefined>
  /** A page of the console. */
  page(path: string): Promise<{ readonly status: number; readonly html: string }>
  /** Opens the list of all plans. */
  look(): Promise<void>
}

export const signInAt = async (origin: string, key: string): Promise<WireOperator> => {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(PLAN_PAGE_DEADLINE_MS), ...init })
  const post = (path: string, fields: Readonly<Record<string, string>>, cookie = '') =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin, cookie },
      body: new URLSearchParams(fields).toString(),
    })
  const signedIn = await post('/console/sign-in', { key })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0]
  if (signedIn.status !== 303 || cookie === undefined) throw new Error(`Sign in: ${signedIn.status}`)
  const page = await (await ask('/console', { headers: { cookie } })).text()
  const csrf = /name="csrf" value="([0-9a-f]+)"/.exec(page)?.[1]
  if (csrf === undefined) throw new Error('Sign in: the console shows no form')
  return {
    async approve(plan, name) {
      try {
        return (await post(`/console/plans/${plan}/approve`, { csrf, name }, cookie)).status
      } catch {
        return undefined
      }
    },
    async page(path) {
      const answer = await ask(path, { headers: { cookie } })
      return { status: answer.status, html: await answer.text() }
    },
    async look() {
      await (await ask('/console?state=all', { headers: { cookie } })).text()
    },
  }
}
