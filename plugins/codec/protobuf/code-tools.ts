import { cursor } from "./cursor.js";
import { fitDouble, fitFloat, fitInt32, fitInt64, fitUint32, fitUint64 } from "./fit-number.js";
import { cutShort } from "./malformed.js";
import { uniqueKeys } from "./map-key.js";
import { readProperty, setProperty } from "./own-property.js";
import { unfit } from "./unfit.js";
import { readBytes, roomOfBytes, writeBytes } from "./wire-bytes.js";
import {
  readDouble,
  readFloat,
  readSfixed32,
  writeDouble,
  writeFixed32,
  writeFloat,
} from "./wire-fixed.js";
import {
  readFixed64,
  readInt64,
  readSfixed64,
  readSint64,
  readUint64,
  writeFixed64,
  writeInt64,
  writeSint64,
} from "./wire-int64.js";
import { maxDepth, skip, tooDeep } from "./wire-skip.js";
import { readText, roomOfText, writeText } from "./wire-text.js";
import {
  readBool,
  readLength,
  readTag,
  readVarint,
  seal,
  widthOf,
  writeInt32,
  writeVarint,
} from "./wire-varint.js";

/** All that generated code may use, under the names it has there. */
export const codeTools = {
  cursor,
  cutShort,
  fitDouble,
  fitFloat,
  fitInt32,
  fitInt64,
  fitUint32,
  fitUint64,
  isArray: (value: unknown): boolean => Array.isArray(value),
  isBytes: (value: unknown): boolean => value instanceof Uint8Array,
  /** What a class made of the list or the map that it was given is its own business. */
  listOf: (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []),
  mapOf: (value: unknown): object => (typeof value === "object" && value !== null ? value : {}),
  mapKeys(map: unknown): string[] {
    return typeof map === "object" && map !== null && !Array.isArray(map)
      ? Object.keys(map)
      : unfit();
  },
  maxDepth,
  readBool,
  readBytes,
  readDouble,
  readFixed64,
  readFloat,
  readInt64,
  readLength,
  readProperty,
  readSfixed32,
  readSfixed64,
  readSint64,
  readTag,
  readText,
  readUint64,
  readVarint,
  roomOfBytes,
  roomOfText,
  seal,
  setProperty,
  skip,
  tooDeep,
  unfit,
  uniqueKeys,
  widthOf,
  writeBytes,
  writeDouble,
  writeFixed32,
  writeFixed64,
  writeFloat,
  writeInt32,
  writeInt64,
  writeSint64,
  writeText,
  writeVarint,
};
