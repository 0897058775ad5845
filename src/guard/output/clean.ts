/**
 * A string that went through the one door. The brand exists in types alone; only this room makes values of it, so that
 * whatever writes to a client, a log or a page can ask for `Clean` and cannot be handed anything else.
 */
declare const clean: unique symbol

export type Clean = string & { readonly [clean]: true }

/** For this room only: states that `text` has been scrubbed. */
export const asClean = (text: string): Clean => text as Clean
