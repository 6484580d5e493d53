/**
 * What a copy manager refuses, and how: one row for each rule of the standard.
 *
 * The code answers from this table, the reference page is made from it, and a test provokes every
 * row. ILLEGAL REQUEST is what is wrong before the first segment is processed; what goes wrong in
 * a segment is COPY ABORTED with the segment's number. Source: SPC-4 5.17.7.3, 5.17.7.4.
 */
import type { AdditionalSense, SenseKey } from '../sense/codes.ts';
import { type FieldPointer, type Sense, SenseError } from '../sense/sense.ts';
import { headerFieldAt, type ListFormat } from '../wire/copy/parameter-list.ts';

/** What the field pointer designates; a byte that is left out is the caller's to say. */
type Points =
  | { readonly in: 'nothing' }
  | { readonly in: 'cdb' | 'list' | 'cscd' | 'segment'; readonly byte?: number;
    readonly bit?: number }
  | { readonly in: 'header'; readonly field: Parameters<typeof headerFieldAt>[1];
    readonly bit?: number };

export interface CopyRule {
  /** What is wrong, as a clause that follows "if". */
  readonly when: string;
  readonly key: SenseKey;
  readonly additional: AdditionalSense;
  readonly points: Points;
  readonly source: string;
}

const illegal = (
  when: string, additional: AdditionalSense, points: Points, source: string): CopyRule =>
  ({ when, key: 'illegalRequest', additional, points, source });
const abort = (
  when: string, additional: AdditionalSense, points: Points, source: string): CopyRule =>
  ({ when, key: 'copyAborted', additional, points, source });

const NOTHING: Points = { in: 'nothing' };
const INVALID = 'invalidFieldInParameterList';
const LENGTH = 'parameterListLengthError';
const cdb = (byte: number): Points => ({ in: 'cdb', byte });
const header = (field: Parameters<typeof headerFieldAt>[1], bit?: number): Points =>
  ({ in: 'header', field, ...(bit === undefined ? {} : { bit }) });
const list = (byte?: number): Points => ({ in: 'list', ...(byte === undefined ? {} : { byte }) });
const cscd = (byte?: number, bit?: number): Points =>
  ({ in: 'cscd', ...(byte === undefined ? {} : { byte }), ...(bit === undefined ? {} : { bit }) });
const segment = (byte?: number): Points =>
  ({ in: 'segment', ...(byte === undefined ? {} : { byte }) });

/** The parameter list as a whole. */
const LIST_RULES = {
  headerTruncated: illegal('PARAMETER LIST LENGTH does not hold the header',
    LENGTH, cdb(10), 'SPC-4 6.5'),
  listTruncated: illegal('PARAMETER LIST LENGTH cuts a part that the header announces',
    LENGTH, cdb(10), 'SPC-4 6.5'),
  listFormat: illegal('PARAMETER LIST FORMAT is not 01h (LID4)', INVALID, list(0), 'SPC-4 6.4.2'),
  headerCscdLength: illegal('HEADER CSCD DESCRIPTOR LIST LENGTH is not 0020h (LID4)',
    INVALID, list(2), 'SPC-4 6.4.2'),
  headerCscdType: illegal('HEADER CSCD DESCRIPTOR TYPE CODE is not FFh (LID4)',
    INVALID, list(16), 'SPC-4 6.4.2'),
  immedWithGSense: illegal('IMMED and G_SENSE are both 1', 'invalidFieldInCdb', NOTHING,
    'SPC-4 6.4.2'),
  immedWithoutIdentifier: illegal('IMMED is 1 and LIST ID USAGE is 11b', 'invalidFieldInCdb',
    NOTHING, 'SPC-4 6.4.2'),
  listIdUsageReserved: illegal('LIST ID USAGE is 01b', INVALID, header('listIdUsage', 4),
    'SPC-4 6.4.3.2'),
  noIdentifierUnsupported: illegal('LIST ID USAGE is 11b and SNLID is 0', INVALID,
    header('listIdUsage', 4), 'SPC-4 6.4.3.2'),
  identifierNotZero: illegal('LIST ID USAGE is 11b and LIST IDENTIFIER is not 0', INVALID,
    header('listIdentifier'), 'SPC-4 6.4.3.2'),
  descriptorListTooLong: illegal(
    'the CSCD and segment descriptors exceed MAXIMUM DESCRIPTOR LIST LENGTH', LENGTH, list(),
    'SPC-4 6.4.3.4'),
  inlineTooLong: illegal('INLINE DATA LENGTH exceeds MAXIMUM INLINE DATA LENGTH',
    'inlineDataLengthExceeded', header('inlineDataLength'), 'SPC-4 6.4.3.6'),
  identifierInUse: illegal('the list identifier belongs to a copy in progress on the I_T nexus',
    'operationInProgress', NOTHING, 'SPC-4 5.17.4.2'),
  identifierOfOtherFormat: illegal(
    'the list identifier belongs to a copy in progress that used the other list format', INVALID,
    header('listIdentifier'), 'SPC-4 5.17.4.2'),
} as const satisfies Record<string, CopyRule>;

/** Descriptors, before the first segment is processed. */
const DESCRIPTOR_RULES = {
  cscdListLength: illegal('CSCD DESCRIPTOR LIST LENGTH is not a multiple of 32', INVALID,
    header('cscdListLength'), 'SPC-4 6.4.3.4'),
  tooManyCscds: illegal('there are more CSCD descriptors than MAXIMUM CSCD DESCRIPTOR COUNT',
    'tooManyTargetDescriptors', header('cscdListLength'), 'SPC-4 6.4.3.4'),
  cscdType: illegal('the type code of a CSCD descriptor is not supported',
    'unsupportedTargetDescriptorType', cscd(0), 'SPC-4 6.4.5.1'),
  cscdCutOff: illegal('a CSCD descriptor with an extension does not fit its list', INVALID,
    cscd(0), 'SPC-4 6.4.5.1'),
  cscdField: illegal('a field of a CSCD descriptor is wrong by itself', INVALID, list(),
    'SPC-4 6.4.5'),
  tooManySegments: illegal(
    'there are more segment descriptors than MAXIMUM SEGMENT DESCRIPTOR COUNT',
    'tooManySegmentDescriptors', header('segmentListLength'), 'SPC-4 6.4.3.5'),
  segmentType: illegal('the type code of a segment descriptor is not supported',
    'unsupportedSegmentDescriptorType', segment(0), 'SPC-4 6.4.6.1'),
  segmentLength: illegal('DESCRIPTOR LENGTH is not that of the segment type', INVALID, segment(2),
    'SPC-4 6.4.6.1'),
  segmentCutOff: illegal('a segment descriptor does not fit its list', INVALID, segment(2),
    'SPC-4 6.4.6.1'),
  embeddedTooLong: illegal('EMBEDDED DATA NUMBER OF BYTES exceeds the descriptor', INVALID,
    segment(12), 'SPC-4 6.4.6.7'),
  segmentField: illegal('a field of a segment descriptor is wrong by itself', INVALID, list(),
    'SPC-4 6.4.6'),
  holdWithoutIdentifier: illegal('a segment holds data and LIST ID USAGE is 11b', INVALID,
    segment(0), 'SPC-4 6.4.3.2'),
} as const satisfies Record<string, CopyRule>;

/** RODs and ROD tokens in a parameter list. */
const ROD_RULES = {
  rTokenWithoutIdentifier: illegal('R_TOKEN is 1 and LIST ID USAGE is neither 00b nor 10b', INVALID,
    cscd(22, 0), 'SPC-4 6.4.5.9'),
  rodType: illegal('the ROD TYPE is not supported for an internal ROD', INVALID, cscd(8),
    'SPC-4 6.4.5.9'),
  rodLifetime: illegal('REQUESTED ROD TOKEN LIFETIME exceeds MAXIMUM TOKEN LIFETIME', INVALID,
    cscd(12), 'SPC-4 6.4.5.9'),
  rodInactivity: illegal(
    'REQUESTED ROD TOKEN INACTIVITY TIMEOUT exceeds MAXIMUM TOKEN INACTIVITY TIMEOUT', INVALID,
    cscd(16), 'SPC-4 6.4.5.9'),
  rodProducer: illegal('ROD PRODUCER CSCD DESCRIPTOR ID is F800h and ROD TYPE is not 0', INVALID,
    cscd(4), 'SPC-4 6.4.5.9'),
  remoteTokenUse: illegal('a ROD token is to be used through another copy manager',
    'remoteTokenUsageNotSupported', cscd(4), 'SPC-4 6.4.5.9'),
  remoteTokenCreation: illegal('a ROD token is to be made by another copy manager',
    'remoteTokenCreationNotSupported', cscd(4), 'SPC-4 6.4.5.9'),
  rodTokenOffset: illegal('the ROD token does not lie in the inline data', INVALID, cscd(24),
    'SPC-4 6.4.5.9'),
  populateSource: illegal('the source of a BEh or BFh segment is not FFFFh, or no disk', INVALID,
    segment(4), 'SPC-4 6.4.6.20'),
  populateDestination: illegal(
    'the destination of a BEh or BFh segment is no ROD CSCD descriptor with a ROD TYPE', INVALID,
    segment(6), 'SPC-4 6.4.6.20'),
  populateSameLba: illegal('a ROD is to have one logical block twice', INVALID, segment(),
    'SPC-4 6.4.6.20'),
  pointInTimeDestination: illegal('the copy destination is a point in time ROD', INVALID,
    segment(6), 'SPC-4 5.17.6.2'),
  unpopulatedRod: abort('a ROD without data is the copy source or destination',
    'unreachableCopyTarget', segment(), 'SPC-4 5.17.6.3'),
  rodInUse: abort('a ROD is populated after a segment has used it', INVALID, segment(6),
    'SPC-4 6.4.6.20'),
  rodDeviceType: abort('the PERIPHERAL DEVICE TYPE of a ROD is not that of its data', INVALID,
    segment(6), 'SPC-4 6.4.6.20'),
} as const satisfies Record<string, CopyRule>;

/** Copy sources and destinations, when their segment is processed. */
const CSCD_RULES = {
  unreachableId: abort('a CSCD descriptor ID names nothing', 'unreachableCopyTarget', segment(),
    'SPC-4 6.4.6.1'),
  extensionId: abort('a CSCD descriptor ID names an extension or the header', INVALID, segment(),
    'SPC-4 6.4.6.1'),
  extensionType: abort('EXTENSION DESCRIPTOR TYPE CODE is not FFh', INVALID, cscd(32),
    'SPC-4 6.4.5.2'),
  notReachable: abort('no logical unit within reach has the name in the CSCD descriptor',
    'copyTargetDeviceNotReachable', cscd(0), 'SPC-4 5.17.7.4'),
  nullDevice: abort('a command would have to be sent to a null device',
    'copyTargetDeviceNotReachable', cscd(0), 'SPC-4 6.4.6.1'),
  wrongDeviceType: abort('the device has another PERIPHERAL DEVICE TYPE than its descriptor says',
    'incorrectCopyTargetDeviceType', cscd(0), 'SPC-4 5.17.7.4'),
  wrongClass: abort('the device is of a class that the segment type does not copy',
    'invalidOperationForCopy', segment(), 'SPC-4 6.4.6.1'),
  diskBlockLength: abort('DISK BLOCK LENGTH is not that of the device', INVALID, cscd(29),
    'SPC-4 6.4.5.3'),
  imageBlockLength: abort('the devices of an image copy have different block lengths',
    'incorrectCopyTargetDeviceType', cscd(0), 'SPC-4 6.4.6.19'),
  deviceFailure: abort('a command to a copy source or destination fails',
    'thirdPartyDeviceFailure', cscd(0), 'SPC-4 5.17.7.4'),
  underrun: abort('a device moves fewer bytes than its CSCD descriptor says',
    'copyTargetDeviceDataUnderrun', cscd(0), 'SPC-4 5.17.7.4'),
  overrun: abort('a device moves more bytes than its CSCD descriptor says',
    'copyTargetDeviceDataOverrun', cscd(0), 'SPC-4 5.17.7.4'),
} as const satisfies Record<string, CopyRule>;

/** Segments, when they are processed. */
const SEGMENT_RULES = {
  inexact: abort('data is left over, and neither PAD nor CAT says what to do with it',
    'unexpectedInexactSegment', NOTHING, 'SPC-4 5.17.7.2'),
  inlineOffset: abort('INLINE DATA OFFSET is not a multiple of 4', INVALID, segment(12),
    'SPC-4 6.4.6.6'),
  inlineExceeded: abort('the segment names bytes behind the inline data',
    'inlineDataLengthExceeded', segment(), 'SPC-4 6.4.6.6'),
  byteOffset: abort('a byte offset is not within the first block', INVALID, segment(),
    'SPC-4 6.4.6.10'),
  transferLength: abort('a stream device transfer length is 0 or too large', INVALID, segment(),
    'SPC-4 6.4.6.2'),
  segmentTooLong: abort('a segment writes more than MAXIMUM SEGMENT LENGTH', INVALID, segment(),
    'SPC-4 6.22'),
  granularity: abort('the bytes of a segment are not a multiple of the granularity',
    'copySegmentGranularityViolation', segment(), 'SPC-4 6.22'),
  destinationRange: abort('the segment writes behind the last block of its destination',
    'noAdditionalSense', segment(), 'SPC-4 5.17.7.4'),
  fastCopy: abort('FCO is 1 and the copy would take reads and writes', 'fastCopyNotPossible',
    { in: 'segment', byte: 1, bit: 2 }, 'SPC-5 6.6.6.4'),
  aborted: abort('COPY OPERATION ABORT stops the copy', 'commandsClearedByDeviceServer', NOTHING,
    'SPC-4 6.3'),
} as const satisfies Record<string, CopyRule>;

/** Commands about copies, and tokens. */
const COMMAND_RULES = {
  unknownIdentifier: illegal('no copy with the list identifier is known, or not yet ended',
    'invalidFieldInCdb', cdb(2), 'SPC-4 5.17.4.3'),
  aliasListTruncated: illegal('PARAMETER LIST LENGTH cuts the header or an alias entry', LENGTH,
    cdb(6), 'SPC-4 6.2.1'),
  aliasFormat: illegal('PROTOCOL IDENTIFIER or FORMAT CODE of an alias entry is reserved', INVALID,
    list(), 'SPC-4 6.2.2'),
  aliasDesignationLength: illegal(
    'DESIGNATION LENGTH is not that of the format, no multiple of 4, or above 488', INVALID,
    list(), 'SPC-4 6.2.2'),
  aliasesInUse: illegal('a copy in progress refers to aliases of the I_T nexus',
    'operationInProgress', NOTHING, 'SPC-4 6.2.1'),
  aliasRoom: illegal('there is no room for all of the aliases', 'insufficientResources', NOTHING,
    'SPC-4 6.2.1'),
  tokenListTruncated: illegal('PARAMETER LIST LENGTH cuts the list of a token command', LENGTH,
    cdb(10), 'SBC-3 5.7.1'),
  tokenDataLength: illegal('POPULATE or WRITE USING TOKEN DATA LENGTH is too small', INVALID,
    list(0), 'SBC-3 5.7.2'),
  rangesLength: illegal('BLOCK DEVICE RANGE DESCRIPTOR LENGTH holds no range', INVALID, list(),
    'SBC-3 5.7.2'),
  tooManyRanges: illegal('there are more ranges than MAXIMUM RANGE DESCRIPTORS',
    'tooManySegmentDescriptors', list(), 'SBC-3 5.7.2'),
  sameLba: illegal('two ranges have a logical block in common', INVALID, list(), 'SBC-3 5.7.2'),
  tokenTransferTooLong: illegal('the ranges exceed MAXIMUM TOKEN TRANSFER SIZE', INVALID, list(),
    'SBC-3 5.7.2'),
  rangeOutOfDevice: illegal('a range ends behind the last block', 'lbaOutOfRange', list(),
    'SBC-3 5.7.2'),
  inactivityTimeout: illegal('INACTIVITY TIMEOUT exceeds its maximum', INVALID, list(4),
    'SBC-3 5.7.2'),
  populateType: illegal('RTV is 1 and the ROD TYPE is no supported point in time copy', INVALID,
    list(8), 'SBC-3 5.7.2'),
  offsetIntoRod: illegal('OFFSET INTO ROD is behind the bytes that the token represents', INVALID,
    list(8), 'SBC-3 5.52.2'),
  rodResources: illegal('there is no room for another ROD', 'insufficientResourcesToCreateRod',
    NOTHING, 'SPC-4 5.17.6.3'),
  tokenResources: illegal('there is no room for another ROD token',
    'insufficientResourcesToCreateRodToken', NOTHING, 'SPC-4 5.17.6.4'),
  tokenLength: illegal('ROD TOKEN LENGTH is not 01F8h', 'invalidTokenLength', list(),
    'SPC-4 5.17.6.5'),
  tokenCorrupt: illegal('the bytes are not a token of this copy manager as it was given out',
    'tokenCorrupt', list(), 'SPC-4 5.17.6.5'),
  tokenType: illegal('tokens of the ROD type are not accepted', 'unsupportedTokenType', list(),
    'SPC-4 5.17.6.5'),
  tokenRemote: illegal('another target device has made the token', 'remoteTokenUsageNotSupported',
    list(), 'SPC-4 5.17.6.5'),
  tokenExpired: illegal('the lifetime or the inactivity timeout of the token is over',
    'tokenExpired', list(), 'SPC-4 5.17.6.5'),
  tokenCancelled: illegal('the copy manager has given the token up', 'tokenCancelled', list(),
    'SPC-4 5.17.6.5'),
  tokenRevoked: illegal('the data that the token stands for has changed', 'tokenRevoked', list(),
    'SPC-4 5.17.6.5'),
  tokenDeleted: illegal('DEL_TKN has ended the token', 'tokenDeleted', list(), 'SPC-4 5.17.6.5'),
  tokenUnknown: illegal('the token is not known (any more)', 'tokenUnknown', list(),
    'SPC-4 5.17.6.5'),
  tokenSource: abort('the device that the data of a token lie on fails',
    'thirdPartyDeviceFailure', NOTHING, 'SBC-3 5.52'),
} as const satisfies Record<string, CopyRule>;

/** The rules in the order of the reference page. */
export const RULE_GROUPS = {
  'Parameter list': LIST_RULES, 'Descriptors': DESCRIPTOR_RULES, 'RODs in a list': ROD_RULES,
  'Copy sources and destinations': CSCD_RULES, 'Segments': SEGMENT_RULES,
  'Commands and tokens': COMMAND_RULES,
} as const;

export const COPY_RULES = {
  ...LIST_RULES, ...DESCRIPTOR_RULES, ...ROD_RULES, ...CSCD_RULES, ...SEGMENT_RULES,
  ...COMMAND_RULES,
} as const;
export type RuleName = keyof typeof COPY_RULES;

/** Where a rule is broken, as far as its row leaves that open. */
export interface RulePlace {
  /** Which header the list has; LID1 if not said. */
  readonly format?: ListFormat;
  /** Offset in the parameter list of the descriptor that the rule is about. */
  readonly base?: number;
  /** Offset in that descriptor, or in the list or CDB. */
  readonly byte?: number;
  readonly bit?: number;
  /** Number of the failing segment, from 0; for COPY ABORTED. */
  readonly segment?: number;
  /** Residual, the devices' own answers, and a pointer of another kind than the row's. */
  readonly details?: Partial<Pick<Sense,
    'fieldPointer' | 'information' | 'forwardedSource' | 'forwardedDestination'>>;
}

/** The error that a broken rule is answered with; `why` names what was found. */
export function broken(rule: RuleName, why: string, place: RulePlace = {}): SenseError {
  const { key, additional, points }: CopyRule = COPY_RULES[rule];
  const doing = Object.hasOwn(COMMAND_RULES, rule) ? 'Cannot carry the command out'
    : key === 'copyAborted' && place.segment !== undefined
      ? `Cannot copy segment ${place.segment}` : 'Cannot plan the copy';
  const fieldPointer = pointerOf(key, points, place);
  return new SenseError(key, additional, `${doing}: ${why}`, {
    ...(place.segment === undefined ? {} : { segment: place.segment }),
    ...(fieldPointer === undefined ? {} : { fieldPointer }), ...place.details,
  });
}

function pointerOf(
  key: SenseKey, points: Points, place: RulePlace): FieldPointer | undefined {
  if (points.in === 'nothing') return undefined;
  const at = points.in === 'header' ? headerFieldAt(place.format ?? 'LID1', points.field)
    : points.byte ?? place.byte ?? 0;
  const bit = points.bit ?? place.bit;
  const withBit = bit === undefined ? {} : { bit };
  if (points.in === 'cdb') return { in: 'cdb', byte: at, ...withBit };
  // A segment that is being processed is what SD=1 counts from.
  if (points.in === 'segment' && key === 'copyAborted') {
    return { in: 'segment', byte: at, ...withBit };
  }
  const base = points.in === 'cscd' || points.in === 'segment' ? place.base ?? 0 : 0;
  return { in: 'parameterList', byte: base + at, ...withBit };
}
