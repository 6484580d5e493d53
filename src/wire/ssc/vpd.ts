/** Vital product data pages of tapes. Source: SSC-4 8.4. */
import { bit } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
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
