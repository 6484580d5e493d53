/** Fields that structures of media changers have in common. Source: SMC-3 6.11. */
import { bits, type NumberRules } from '../../codec/field.ts';

/** The types of elements. Source: SMC-3 6.11.2. */
export const ELEMENT_TYPE = {
  all: 0, transport: 1, storage: 2, importExport: 3, dataTransfer: 4,
} as const;

/** ELEMENT TYPE CODE, below bit `high`. */
export const elementType = (at: number, high: number, oneOf: readonly number[]) =>
  bits(at, high, 0, 'ELEMENT TYPE CODE', { oneOf, meanings: {
    0: 'all', 1: 'medium transport', 2: 'storage', 3: 'import/export', 4: 'data transfer' } });

/** SEND ACTION CODE: tags are looked up, and none is written. Source: SMC-3 6.13. */
export const TRANSLATE_ACTIONS: NumberRules = {
  oneOf: [0, 1, 2, 4, 5, 6], meanings: {
    0: 'translate, all tags', 1: 'translate, primary tags', 2: 'translate, alternate tags',
    4: 'translate, all tags, any sequence number',
    5: 'translate, primary tags, any sequence number',
    6: 'translate, alternate tags, any sequence number',
  },
};
