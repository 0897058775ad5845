/**
 * What changed between two values, a line each: `containers[app].image: web:1 → web:2`, `+ …` for what came, `- …` for
 * what went. Members of a list are told apart by what names them, as strategic merge does, so that one more variable is
 * one line and not the whole list. Works on redacted values: equal marks are equal secrets.
 */
import { isObject, type JsonObject, textOf } from '../../kube/json.ts'
import { oneLine, shorten } from '../../kube/text.ts'
import type { Json } from '../../tool.ts'

/** A value longer than this is told by its beginning. */
const MAX_VALUE = 120

const inline = (value: Json): string =>
  shorten(oneLine(typeof value === 'string' && value !== '' ? value : JSON.stringify(value)), MAX_VALUE)

/** What names a member of a list, in the words of Kubernetes' merge keys. */
const nameOf = (member: Json): string | undefined =>
  isObject(member)
    ? (textOf(member.name) ?? textOf(member.mountPath) ?? textOf(member.key) ?? textOf(member.topologyKey))
    : undefined

/** By name, where every member has one of its own. */
const byName = (members: readonly Json[]): JsonObject | undefined => {
  const names = members.map(nameOf)
  return names.every((name) => name !== undefined) && new Set(names).size === members.length
    ? Object.fromEntries(members.map((member, index) => [names[index] ?? '', withoutName(member)]))
    : undefined
}

/** `{ name: A, value: b }` is `b`: its name stands in the path. */
const withoutName = (member: Json): Json => {
  if (!isObject(member)) return member
  const { name, ...rest } = member
  const [[key, value] = [], ...more] = Object.entries(rest)
  return name !== undefined && key === 'value' && value !== undefined && more.length === 0 ? value : rest
}

const asList = (value: Json): readonly Json[] | undefined => (Array.isArray(value) ? value : undefined)

const members = (before: JsonObject, after: JsonObject, pathOf: (key: string) => string): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    changes(before[key], after[key], pathOf(key)),
  )

/** `path`: where the values stand; empty for the whole. */
export const changes = (before: Json | undefined, after: Json | undefined, path = ''): readonly string[] => {
  if (before === undefined) return after === undefined ? [] : [`+ ${path}: ${inline(after)}`]
  if (after === undefined) return [`- ${path}: ${inline(before)}`]
  if (isObject(before) && isObject(after))
    return members(before, after, (key) => (path === '' ? key : `${path}.${key}`))
  const [old, now] = [asList(before), asList(after)]
  if (old !== undefined && now !== undefined) {
    const [oldNamed, nowNamed] = [byName(old), byName(now)]
    if (oldNamed !== undefined && nowNamed !== undefined)
      return members(oldNamed, nowNamed, (name) => `${path}[${name}]`)
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [`${path}: ${inline(before)} → ${inline(after)}`]
}
