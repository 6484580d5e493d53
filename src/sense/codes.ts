/** Sense keys and additional sense codes by name. Source: SPC-4 4.5, T10's list. */

export const SENSE_KEYS = {
  noSense: [0x0, 'NO SENSE'],
  recoveredError: [0x1, 'RECOVERED ERROR'],
  notReady: [0x2, 'NOT READY'],
  mediumError: [0x3, 'MEDIUM ERROR'],
  hardwareError: [0x4, 'HARDWARE ERROR'],
  illegalRequest: [0x5, 'ILLEGAL REQUEST'],
  unitAttention: [0x6, 'UNIT ATTENTION'],
  dataProtect: [0x7, 'DATA PROTECT'],
  blankCheck: [0x8, 'BLANK CHECK'],
  vendorSpecific: [0x9, 'VENDOR SPECIFIC'],
  copyAborted: [0xa, 'COPY ABORTED'],
  abortedCommand: [0xb, 'ABORTED COMMAND'],
  volumeOverflow: [0xd, 'VOLUME OVERFLOW'],
  miscompare: [0xe, 'MISCOMPARE'],
  completed: [0xf, 'COMPLETED'],
} as const satisfies Record<string, readonly [number, string]>;
export type SenseKey = keyof typeof SENSE_KEYS;

/** Additional sense code in the high byte, its qualifier in the low byte. */
export const ADDITIONAL_SENSE = {
  noAdditionalSense: [0x0000, 'NO ADDITIONAL SENSE INFORMATION'],
  filemarkDetected: [0x0001, 'FILEMARK DETECTED'],
  endOfPartitionDetected: [0x0002, 'END-OF-PARTITION/MEDIUM DETECTED'],
  beginningOfPartitionDetected: [0x0004, 'BEGINNING-OF-PARTITION/MEDIUM DETECTED'],
  endOfDataDetected: [0x0005, 'END-OF-DATA DETECTED'],
  programmableEarlyWarning: [0x0007, 'PROGRAMMABLE EARLY WARNING DETECTED'],
  operationInProgress: [0x0016, 'OPERATION IN PROGRESS'],
  extendedCopyInformationAvailable: [0x0020, 'EXTENDED COPY INFORMATION AVAILABLE'],
  notReadyCauseNotReportable: [0x0400, 'LOGICAL UNIT NOT READY, CAUSE NOT REPORTABLE'],
  becomingReady: [0x0401, 'LOGICAL UNIT IS IN PROCESS OF BECOMING READY'],
  initializingCommandRequired: [0x0402, 'LOGICAL UNIT NOT READY, INITIALIZING COMMAND REQUIRED'],
  manualInterventionRequired: [0x0403, 'LOGICAL UNIT NOT READY, MANUAL INTERVENTION REQUIRED'],
  communicationFailure: [0x0800, 'LOGICAL UNIT COMMUNICATION FAILURE'],
  unreachableCopyTarget: [0x0804, 'UNREACHABLE COPY TARGET'],
  writeError: [0x0c00, 'WRITE ERROR'],
  unexpectedUnsolicitedData: [0x0c0c, 'WRITE ERROR - UNEXPECTED UNSOLICITED DATA'],
  notEnoughUnsolicitedData: [0x0c0d, 'WRITE ERROR - NOT ENOUGH UNSOLICITED DATA'],
  thirdPartyTemporaryInitiatorError: [0x0d00, 'ERROR DETECTED BY THIRD PARTY TEMPORARY INITIATOR'],
  thirdPartyDeviceFailure: [0x0d01, 'THIRD PARTY DEVICE FAILURE'],
  copyTargetDeviceNotReachable: [0x0d02, 'COPY TARGET DEVICE NOT REACHABLE'],
  incorrectCopyTargetDeviceType: [0x0d03, 'INCORRECT COPY TARGET DEVICE TYPE'],
  copyTargetDeviceDataUnderrun: [0x0d04, 'COPY TARGET DEVICE DATA UNDERRUN'],
  copyTargetDeviceDataOverrun: [0x0d05, 'COPY TARGET DEVICE DATA OVERRUN'],
  invalidFieldInCommandInformationUnit: [0x0e03, 'INVALID FIELD IN COMMAND INFORMATION UNIT'],
  unrecoveredReadError: [0x1100, 'UNRECOVERED READ ERROR'],
  snackRejected: [0x1113, 'SNACK REJECTED'],
  recordedEntityNotFound: [0x1400, 'RECORDED ENTITY NOT FOUND'],
  endOfDataNotFound: [0x1403, 'END-OF-DATA NOT FOUND'],
  parameterListLengthError: [0x1a00, 'PARAMETER LIST LENGTH ERROR'],
  miscompareDuringVerify: [0x1d00, 'MISCOMPARE DURING VERIFY OPERATION'],
  invalidCommandOperationCode: [0x2000, 'INVALID COMMAND OPERATION CODE'],
  lbaOutOfRange: [0x2100, 'LOGICAL BLOCK ADDRESS OUT OF RANGE'],
  invalidElementAddress: [0x2101, 'INVALID ELEMENT ADDRESS'],
  invalidTokenOperation: [0x2300, 'INVALID TOKEN OPERATION, CAUSE NOT REPORTABLE'],
  invalidFieldInCdb: [0x2400, 'INVALID FIELD IN CDB'],
  logicalUnitNotSupported: [0x2500, 'LOGICAL UNIT NOT SUPPORTED'],
  invalidFieldInParameterList: [0x2600, 'INVALID FIELD IN PARAMETER LIST'],
  parameterNotSupported: [0x2601, 'PARAMETER NOT SUPPORTED'],
  parameterValueInvalid: [0x2602, 'PARAMETER VALUE INVALID'],
  invalidReleaseOfPersistentReservation: [0x2604, 'INVALID RELEASE OF PERSISTENT RESERVATION'],
  tooManyTargetDescriptors: [0x2606, 'TOO MANY TARGET DESCRIPTORS'],
  unsupportedTargetDescriptorType: [0x2607, 'UNSUPPORTED TARGET DESCRIPTOR TYPE CODE'],
  tooManySegmentDescriptors: [0x2608, 'TOO MANY SEGMENT DESCRIPTORS'],
  unsupportedSegmentDescriptorType: [0x2609, 'UNSUPPORTED SEGMENT DESCRIPTOR TYPE CODE'],
  unexpectedInexactSegment: [0x260a, 'UNEXPECTED INEXACT SEGMENT'],
  inlineDataLengthExceeded: [0x260b, 'INLINE DATA LENGTH EXCEEDED'],
  invalidOperationForCopy: [0x260c, 'INVALID OPERATION FOR COPY SOURCE OR DESTINATION'],
  copySegmentGranularityViolation: [0x260d, 'COPY SEGMENT GRANULARITY VIOLATION'],
  copyNotAuthorized: [0x2615, 'COPY SOURCE OR COPY DESTINATION NOT AUTHORIZED'],
  fastCopyNotPossible: [0x2616, 'FAST COPY NOT POSSIBLE'],
  writeProtected: [0x2700, 'WRITE PROTECTED'],
  softwareWriteProtected: [0x2702, 'LOGICAL UNIT SOFTWARE WRITE PROTECTED'],
  spaceAllocationFailed: [0x2707, 'SPACE ALLOCATION FAILED WRITE PROTECT'],
  mediumMayHaveChanged: [0x2800, 'NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED'],
  powerOnOrReset: [0x2900, 'POWER ON, RESET, OR BUS DEVICE RESET OCCURRED'],
  powerOn: [0x2901, 'POWER ON OCCURRED'],
  deviceReset: [0x2903, 'BUS DEVICE RESET FUNCTION OCCURRED'],
  itNexusLoss: [0x2907, 'I_T NEXUS LOSS OCCURRED'],
  modeParametersChanged: [0x2a01, 'MODE PARAMETERS CHANGED'],
  reservationsPreempted: [0x2a03, 'RESERVATIONS PREEMPTED'],
  reservationsReleased: [0x2a04, 'RESERVATIONS RELEASED'],
  registrationsPreempted: [0x2a05, 'REGISTRATIONS PREEMPTED'],
  capacityDataChanged: [0x2a09, 'CAPACITY DATA HAS CHANGED'],
  commandSequenceError: [0x2c00, 'COMMAND SEQUENCE ERROR'],
  commandsClearedByAnotherInitiator: [0x2f00, 'COMMANDS CLEARED BY ANOTHER INITIATOR'],
  commandsClearedByDeviceServer: [0x2f02, 'COMMANDS CLEARED BY DEVICE SERVER'],
  mediumFormatCorrupted: [0x3100, 'MEDIUM FORMAT CORRUPTED'],
  savingParametersNotSupported: [0x3900, 'SAVING PARAMETERS NOT SUPPORTED'],
  mediumNotPresent: [0x3a00, 'MEDIUM NOT PRESENT'],
  sequentialPositioningError: [0x3b00, 'SEQUENTIAL POSITIONING ERROR'],
  positionPastBeginning: [0x3b0c, 'POSITION PAST BEGINNING OF MEDIUM'],
  mediumDestinationElementFull: [0x3b0d, 'MEDIUM DESTINATION ELEMENT FULL'],
  mediumSourceElementEmpty: [0x3b0e, 'MEDIUM SOURCE ELEMENT EMPTY'],
  inquiryDataChanged: [0x3f03, 'INQUIRY DATA HAS CHANGED'],
  reportedLunsDataChanged: [0x3f0e, 'REPORTED LUNS DATA HAS CHANGED'],
  internalTargetFailure: [0x4400, 'INTERNAL TARGET FAILURE'],
  protocolServiceCrcError: [0x4705, 'PROTOCOL SERVICE CRC ERROR'],
  invalidMessageError: [0x4900, 'INVALID MESSAGE ERROR'],
  overlappedCommands: [0x4e00, 'OVERLAPPED COMMANDS ATTEMPTED'],
  mediumLoadOrEjectFailed: [0x5300, 'MEDIA LOAD OR EJECT FAILED'],
  mediumRemovalPrevented: [0x5302, 'MEDIUM REMOVAL PREVENTED'],
  insufficientResources: [0x5503, 'INSUFFICIENT RESOURCES'],
  insufficientRegistrationResources: [0x5504, 'INSUFFICIENT REGISTRATION RESOURCES'],
} as const satisfies Record<string, readonly [number, string]>;
export type AdditionalSense = keyof typeof ADDITIONAL_SENSE;

export const senseKeyCode = (key: SenseKey): number => SENSE_KEYS[key][0];
export const additionalSenseCode = (name: AdditionalSense): number => ADDITIONAL_SENSE[name][0];

const KEY_BY_CODE = new Map(Object.entries(SENSE_KEYS)
  .map(([key, [code]]) => [code as number, key as SenseKey]));
const ASC_BY_CODE = new Map(Object.entries(ADDITIONAL_SENSE)
  .map(([name, [code]]) => [code as number, name as AdditionalSense]));

/** The key with this number; undefined for a reserved one. */
export const senseKeyOf = (code: number): SenseKey | undefined => KEY_BY_CODE.get(code);
/** The name with this code (ASC × 256 + ASCQ); undefined if this table lacks it. */
export const additionalSenseOf = (code: number): AdditionalSense | undefined =>
  ASC_BY_CODE.get(code);
