/**
 * What the corpora show to go wrong, by name. The tests hold them to it: what goes wrong beyond this list fails, and so does
 * an entry that goes wrong no more. docs/output.md is made from it and from the same measurements.
 */

/** Formats that are missed where no name stands beside them, though they tell what they are. Some samples, not all. */
export const MISSED: Readonly<Record<string, string>> = {
  'bootstrap token': 'its second part may have fewer than two digits, as names do',
  'Vault token, older': 'needs a digit and a capital letter; one in a hundred lacks one',
}

/** Harmless texts that are masked: how the template begins, and why. */
export const MASKED_THOUGH_HARMLESS: Readonly<Record<string, string>> = {
  '{"level":"info","msg":"order placed"':
    'one of a hundred numbers of 16 digits begins like a card, is as long and passes Luhn',
  'Server version 4.18.0.2 of schema 2.5.29.17': 'an object identifier of four numbers is an address in a log',
}
