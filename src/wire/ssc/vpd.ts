/** Vital product data pages of tapes. Source: SSC-4 8.4. */
import { bit, raw } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { restAscii } from '../../codec/text.ts';
import { vpdHead, vpdLength } from '../spc/vpd.ts';

export const sequentialCapabilitiesPage = layout(
  { name: 'sequential-access device capabilities page (B0h)', source: 'SSC-4 8.4.2', size: 6 },
  {
    ...vpdHead(0xb0),
    tsmc: bit(4, 1, 'TSMC'),
    worm: bit(4, 0, 'WORM', { meaning: 'can use WORM media' }),
  },
  [vpdLength],
);

export const manufacturerSerialPage = layout(
  { name: 'manufacturer-assigned serial number page (B1h)', source: 'SSC-4 8.4.3', size: 4 },
  { ...vpdHead(0xb1), serialNumber: restAscii(4, 'MANUFACTURER-ASSIGNED SERIAL NUMBER') },
  [vpdLength],
);

/** A bit for each flag, the first in the most significant one. */
export const tapeAlertFlagsPage = layout(
  { name: 'TapeAlert supported flags page (B2h)', source: 'SSC-4 8.4.4', size: 12 },
  { ...vpdHead(0xb2), flags: raw(4, 8, 'TapeAlert flags') },
  [vpdLength],
);
