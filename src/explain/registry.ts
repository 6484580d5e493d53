/** Every declared format. */
import type { AnyLayout } from '../codec/layout.ts';
import { aliasFormats } from './alias-formats.ts';
import { CDB_FORMATS } from './cdb-formats.ts';
import { copyFormats } from './copy-formats.ts';
import { deviceFormats } from './device-formats.ts';
import type { Format } from './format.ts';
import { iscsiFormats } from './iscsi-formats.ts';
import { lid4ResultFormats } from './lid4-result-formats.ts';
import { senseFormats } from './sense-formats.ts';
import { smcFormats } from './smc-formats.ts';
import { thirdPartyPageFormats } from './third-party-page-formats.ts';
import { tokenFormats } from './token-formats.ts';

export const FORMATS: readonly Format[] = [
  ...iscsiFormats, ...CDB_FORMATS, ...senseFormats, ...tokenFormats, ...copyFormats,
  ...lid4ResultFormats, ...aliasFormats, ...thirdPartyPageFormats, ...deviceFormats,
  ...smcFormats,
];

const BY_ID = new Map(FORMATS.map((one) => [one.id, one]));
const BY_LAYOUT = new Map(FORMATS.map((one) => [one.layout, one]));

/** The format with this id; undefined if there is none. */
export const formatById = (id: string): Format | undefined => BY_ID.get(id);

/** The format of a declared layout. Throws: Error if the registry lacks it, which is our bug. */
export function formatOf(layout: AnyLayout): Format {
  const found = BY_LAYOUT.get(layout);
  if (found === undefined) throw new Error(`Cannot explain ${layout.name}: it is not registered`);
  return found;
}
