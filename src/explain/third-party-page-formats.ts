/** Formats of VPD page 8Fh and of what its descriptors hold. */
import { readU16 } from '../bytes/big-endian.ts';
import type { ListRules } from '../codec/list.ts';
import * as vpd from '../wire/copy/third-party-copy-vpd.ts';
import { codesPart, cscdIdName, descriptorTypeName, serviceActionName } from './code-lists.ts';
import { formatsOf } from './declared.ts';
import type { Format, PartsOf, Particulars } from './format.ts';

/** A list that ends as the bytes before it say; padding may follow. */
const listAfterLength = (
  list: ListRules, from: number, lengthOf: (bytes: Uint8Array, at: number) => number,
): PartsOf => (bytes, at, end) => [{
  key: 'list', name: list.name, at: at + from,
  end: Math.min(end, at + from + lengthOf(bytes, at)), content: { list } }];

const afterU16 = (list: ListRules, from: number): PartsOf =>
  listAfterLength(list, from, (bytes, at) => readU16(bytes, at + from - 2));

const pageParts: PartsOf = (_bytes, at, end) => [{
  key: 'descriptors', name: vpd.thirdPartyCopyDescriptors.name,
  at: at + vpd.thirdPartyCopyPage.size, end, content: { list: vpd.thirdPartyCopyDescriptors } }];

const descriptorTypeParts: PartsOf = (bytes, at, end) => {
  const from = at + vpd.supportedDescriptors.size;
  const to = Math.min(end, from + bytes[from - 1]!);
  const codes = bytes.subarray(from, to);
  return codesPart('supported descriptor types', codes, from, to, descriptorTypeName);
};

const cscdIdParts: PartsOf = (bytes, at, end) => {
  const from = at + vpd.supportedCscdIds.size;
  const to = Math.min(end, from + readU16(bytes, from - 2));
  const ids = Array.from({ length: (to - from) >> 1 }, (_, i) => readU16(bytes, from + 2 * i));
  return codesPart('supported CSCD descriptor IDs', ids, from, to, cscdIdName);
};

const actionParts: PartsOf = (bytes, at, end) => {
  const from = at + vpd.commandSupport.size;
  return codesPart('supported service actions', bytes.subarray(from, end), from, end,
    (code) => serviceActionName(bytes[at]!, code));
};

/** A type code of zero tells little: the length behind it must be right as well. */
const withLength = (byteLength: number): Particulars => ({
  recognise: (bytes) => bytes.length === byteLength && readU16(bytes, 0) === 0
    && readU16(bytes, 2) === byteLength - 4 });
const never: Particulars = { recognise: () => false };

export const thirdPartyPageFormats: readonly Format[] = formatsOf('copy', 'descriptor', vpd, {
  thirdPartyCopyPage: { kind: 'page', parts: pageParts },
  blockTokenLimits: withLength(vpd.blockTokenLimits.size),
  supportedCommands: { parts: listAfterLength(vpd.commandSupportDescriptors, 5,
    (bytes, at) => bytes[at + 4]!) },
  commandSupport: { parts: actionParts },
  supportedDescriptors: { parts: descriptorTypeParts },
  supportedCscdIds: { parts: cscdIdParts },
  rodTokenFeatures: { parts: afterU16(vpd.rodFeatureDescriptors, vpd.rodTokenFeatures.size) },
  blockRodFeatures: withLength(vpd.blockRodFeatures.size),
  streamRodFeatures: never, processorRodFeatures: never,
  supportedRodTypes: { parts: afterU16(vpd.rodTypeDescriptors, vpd.supportedRodTypes.size) },
});
