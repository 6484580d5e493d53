/** Mode pages and the device-specific byte of tapes. Source: SSC-4 8.3. */
import { bit, bits, u8, u16, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { pageHead, subpageHead } from '../spc/mode.ts';

/** The DEVICE-SPECIFIC PARAMETER of the mode parameter header. */
export const streamDeviceSpecific = layout(
  { name: 'device-specific parameter of a sequential-access device', source: 'SSC-4 8.3', size: 1 },
  {
    wp:           bit(0, 7, 'WP', { meaning: 'write protected' }),
    bufferedMode: bits(0, 6, 4, 'BUFFERED MODE', { meanings: {
      0: 'GOOD when on the medium', 1: 'GOOD when in the buffer' } }),
    speed:        bits(0, 3, 0, 'SPEED'),
  },
);

export const streamErrorRecoveryPage = layout(
  { name: 'read-write error recovery mode page (01h)', source: 'SSC-4 8.3.5', size: 12 },
  {
    ...pageHead(0x01, 0x0a),
    tb:           bit(2, 5, 'TB'),
    eer:          bit(2, 3, 'EER'),
    per:          bit(2, 2, 'PER'),
    dte:          bit(2, 1, 'DTE'),
    dcr:          bit(2, 0, 'DCR'),
    readRetries:  u8(3, 'READ RETRY COUNT'),
    writeRetries: u8(8, 'WRITE RETRY COUNT'),
  },
);

export const dataCompressionPage = layout(
  { name: 'data compression mode page (0Fh)', source: 'SSC-4 8.3.2', size: 16 },
  {
    ...pageHead(0x0f, 0x0e),
    dce:                    bit(2, 7, 'DCE', { meaning: 'compression is on' }),
    dcc:                    bit(2, 6, 'DCC', { meaning: 'can compress' }),
    dde:                    bit(3, 7, 'DDE', { meaning: 'decompression is on' }),
    red:                    bits(3, 6, 5, 'RED'),
    compressionAlgorithm:   u32(4, 'COMPRESSION ALGORITHM', { meanings: { 0: 'none' } }),
    decompressionAlgorithm: u32(8, 'DECOMPRESSION ALGORITHM', { meanings: { 0: 'none' } }),
  },
);

export const deviceConfigurationPage = layout(
  { name: 'device configuration mode page (10h)', source: 'SSC-4 8.3.3', size: 16 },
  {
    ...pageHead(0x10, 0x0e),
    caf:             bit(2, 5, 'CAF'),
    activeFormat:    bits(2, 4, 0, 'ACTIVE FORMAT'),
    activePartition: u8(3, 'ACTIVE PARTITION'),
    writeBufferFull: u8(4, 'WRITE OBJECT BUFFER FULL RATIO'),
    readBufferEmpty: u8(5, 'READ OBJECT BUFFER EMPTY RATIO'),
    writeDelay:      u16(6, 'WRITE DELAY TIME', { unit: '100 ms' }),
    obr:             bit(8, 7, 'OBR'),
    lois:            bit(8, 6, 'LOIS', { meaning: 'LOCATE and READ POSITION work' }),
    rsmk:            bit(8, 5, 'RSMK'),
    avc:             bit(8, 4, 'AVC'),
    socf:            bits(8, 3, 2, 'SOCF'),
    robo:            bit(8, 1, 'ROBO'),
    rew:             bit(8, 0, 'REW'),
    gapSize:         u8(9, 'GAP SIZE'),
    eodDefined:      bits(10, 7, 5, 'EOD DEFINED'),
    eeg:             bit(10, 4, 'EEG', { meaning: 'makes an end of data' }),
    sew:             bit(10, 3, 'SEW', { meaning: 'writes its buffer at early warning' }),
    swp:             bit(10, 2, 'SWP', { meaning: 'software write protect' }),
    baml:            bit(10, 1, 'BAML'),
    bam:             bit(10, 0, 'BAM'),
    bufferAtEarlyWarning: u16(11, 'OBJECT BUFFER SIZE AT EARLY WARNING'),
    selectCompression: u8(14, 'SELECT DATA COMPRESSION ALGORITHM'),
    wtre:            bits(15, 7, 6, 'WTRE'),
    oir:             bit(15, 5, 'OIR'),
    rewindOnReset:   bits(15, 4, 3, 'REWIND ON RESET'),
    asocwp:          bit(15, 2, 'ASOCWP'),
    perswp:          bit(15, 1, 'PERSWP'),
    prmwp:           bit(15, 0, 'PRMWP'),
  },
);

export const deviceConfigurationExtensionPage = layout(
  {
    name: 'device configuration extension mode page (10h/01h)', source: 'SSC-4 8.3.8', size: 32,
  },
  {
    ...subpageHead(0x10, 0x01, 0x1c),
    tarpf:          bit(4, 3, 'TARPF'),
    tasc:           bit(4, 2, 'TASC'),
    tarpc:          bit(4, 1, 'TARPC'),
    taslb:          bit(4, 0, 'TASLB'),
    writeMode:      bits(5, 7, 4, 'WRITE MODE', { oneOf: [0, 1], meanings: {
      0: 'overwriting allowed', 1: 'append only' } }),
    shortEraseMode: bits(5, 3, 0, 'SHORT ERASE MODE'),
    pews:           u16(6, 'PEWS', { unit: 'MB before early warning' }),
    vcelbre:        bit(8, 0, 'VCELBRE'),
  },
);

/** Of a drive that makes two partitions at most. */
export const mediumPartitionPage = layout(
  { name: 'medium partition mode page (11h)', source: 'SSC-4 8.3.4', size: 12 },
  {
    ...pageHead(0x11, 0x0a),
    maximumAdditional:  u8(2, 'MAXIMUM ADDITIONAL PARTITIONS'),
    additional:         u8(3, 'ADDITIONAL PARTITIONS DEFINED'),
    fdp:                bit(4, 7, 'FDP', { meaning: 'sizes are the drive\'s, fixed' }),
    sdp:                bit(4, 6, 'SDP', { meaning: 'sizes are the drive\'s' }),
    idp:                bit(4, 5, 'IDP', { meaning: 'sizes are given' }),
    psum:               bits(4, 4, 3, 'PSUM', { meanings: {
      0: 'bytes', 1: 'kB', 2: 'MB', 3: 'powers of ten' } }),
    pofm:               bit(4, 2, 'POFM', { meaning: 'made by FORMAT MEDIUM' }),
    clear:              bit(4, 1, 'CLEAR'),
    addp:               bit(4, 0, 'ADDP'),
    formatRecognition:  u8(5, 'MEDIUM FORMAT RECOGNITION'),
    partitioningType:   bits(6, 7, 4, 'PARTITIONING TYPE'),
    units:              bits(6, 3, 0, 'PARTITION UNITS', { unit: 'power of ten bytes' }),
    size0:              u16(8, 'PARTITION SIZE of partition 0', { unit: 'by PSUM' }),
    size1:              u16(10, 'PARTITION SIZE of partition 1', { unit: 'by PSUM' }),
  },
);

export const mediumConfigurationPage = layout(
  { name: 'medium configuration mode page (1Dh)', source: 'SSC-4 8.3.7', size: 32 },
  {
    ...pageHead(0x1d, 0x1e),
    wormM:            bit(2, 0, 'WORMM', { meaning: 'the medium is WORM' }),
    wormLabels:       u8(4, 'WORM MODE LABEL RESTRICTIONS'),
    wormFilemarks:    u8(5, 'WORM MODE FILEMARKS RESTRICTIONS'),
  },
);

/** Logical block protection of what is sent and received: none here. */
export const controlDataProtectionPage = layout(
  { name: 'control data protection mode page (0Ah/F0h)', source: 'SSC-4 8.3.9', size: 32 },
  {
    ...subpageHead(0x0a, 0xf0, 0x1c),
    method:            u8(4, 'LOGICAL BLOCK PROTECTION METHOD', { meanings: {
      0: 'none', 1: 'Reed-Solomon CRC', 2: 'CRC32C' } }),
    informationBytes:  bits(5, 5, 0, 'LOGICAL BLOCK PROTECTION INFORMATION LENGTH',
      { unit: 'bytes' }),
    lbpW:              bit(6, 7, 'LBP_W', { meaning: 'of WRITE' }),
    lbpR:              bit(6, 6, 'LBP_R', { meaning: 'of READ' }),
    rbdp:              bit(6, 5, 'RBDP', { meaning: 'of RECOVER BUFFERED DATA' }),
  },
);
