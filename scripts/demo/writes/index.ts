/** Every request that is no plain read: which handler it goes to. */
import { review } from '../review.ts'
import { ApiError, methodNotAllowed, statusOf } from '../status.ts'
import type { Reply } from '../wire.ts'
import { header, type Write } from './context.ts'
import { create } from './create.ts'
import { objectBody, parseBody } from './decode.ts'
import { deleteCollection, deleteOne } from './delete.ts'
import { patch } from './patch.ts'
import { subresource } from './subresources.ts'
import { update } from './update.ts'

const REVIEWED = new Set(['authorization.k8s.io', 'authentication.k8s.io'])

const reviewed = (write: Write): Reply => {
  const kind = write.resource.kind
  const body = objectBody(parseBody(write.body, header(write, 'content-type'), kind), kind)
  const answer = review(write.cluster.store, write.user, write.resource.name, body, write.cluster.now())
  if (answer === undefined) throw methodNotAllowed()
  return { code: 201, body: answer }
}

/** Subresources that lead to the object itself, through the same verbs. */
const ANOTHER_WAY = new Set(['', 'status', 'finalize'])

const dispatch = (asked: Write): Reply => {
  if (REVIEWED.has(asked.resource.group)) return reviewed(asked)
  const special = subresource(asked.info.subresource)
  if (special !== undefined) return special(asked)
  if (!ANOTHER_WAY.has(asked.info.subresource)) throw methodNotAllowed()
  switch (asked.info.verb) {
    case 'create':
      return create(asked)
    case 'update':
      return update(asked)
    case 'patch':
      return patch(asked)
    case 'delete':
      return deleteOne(asked)
    case 'deletecollection':
      return deleteCollection(asked)
    default:
      throw methodNotAllowed()
  }
}

/** Warnings are told with every answer, also with a refusal that came after them. */
export const write = (asked: Write): Reply => {
  try {
    return { ...dispatch(asked), warnings: asked.warnings }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { code: error.code, body: statusOf(error), warnings: asked.warnings }
  }
}
