/** Mode pages of disks. Source: SBC-3 6.4. */
import { bit, bits, u8, u16, u24 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { pageHead } from '../spc/mode.ts';

export const blockErrorRecoveryPage = layout(
  { name: 'read-write error recovery mode page (01h)', source: 'SBC-3 6.4.8', size: 12 },
  {
    ...pageHead(0x01, 0x0a),
    awre:          bit(2, 7, 'AWRE'),
    arre:          bit(2, 6, 'ARRE'),
    tb:            bit(2, 5, 'TB'),
    rc:            bit(2, 4, 'RC'),
    eer:           bit(2, 3, 'EER'),
    per:           bit(2, 2, 'PER'),
    dte:           bit(2, 1, 'DTE'),
    dcr:           bit(2, 0, 'DCR'),
    readRetries:   u8(3, 'READ RETRY COUNT'),
    writeRetries:  u8(8, 'WRITE RETRY COUNT'),
    recoveryMs:    u16(10, 'RECOVERY TIME LIMIT', { unit: 'ms' }),
  },
);

export const cachingPage = layout(
  { name: 'caching mode page (08h)', source: 'SBC-3 6.4.5', size: 20 },
  {
    ...pageHead(0x08, 0x12),
    ic:                bit(2, 7, 'IC'),
    abpf:              bit(2, 6, 'ABPF'),
    cap:               bit(2, 5, 'CAP'),
    disc:              bit(2, 4, 'DISC'),
    size:              bit(2, 3, 'SIZE'),
    wce:               bit(2, 2, 'WCE', { meaning: 'writes may stay in the cache' }),
    mf:                bit(2, 1, 'MF'),
    rcd:               bit(2, 0, 'RCD', { meaning: 'reads come from the medium' }),
    readRetention:     bits(3, 7, 4, 'DEMAND READ RETENTION PRIORITY'),
    writeRetention:    bits(3, 3, 0, 'WRITE RETENTION PRIORITY'),
    prefetchDisableLength: u16(4, 'DISABLE PRE-FETCH TRANSFER LENGTH', { unit: 'blocks' }),
    prefetchMin:       u16(6, 'MINIMUM PRE-FETCH', { unit: 'blocks' }),
    prefetchMax:       u16(8, 'MAXIMUM PRE-FETCH', { unit: 'blocks' }),
    prefetchCeiling:   u16(10, 'MAXIMUM PRE-FETCH CEILING', { unit: 'blocks' }),
    fsw:               bit(12, 7, 'FSW'),
    lbcss:             bit(12, 6, 'LBCSS'),
    dra:               bit(12, 5, 'DRA', { meaning: 'no read-ahead' }),
    nvDis:             bit(12, 0, 'NV_DIS'),
    cacheSegments:     u8(13, 'NUMBER OF CACHE SEGMENTS'),
    cacheSegmentSize:  u16(14, 'CACHE SEGMENT SIZE'),
    nonCacheSegment:   u24(17, 'obsolete'),
  },
);
