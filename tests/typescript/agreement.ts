//! What the schemas let through is what the types say: this file compiles, or they disagree.

import type { z } from "zod";
import type * as generated from "./schemas.gen.js";
import type * as types from "./types.gen.js";

/** The type where what may be absent may be `undefined` too, as zod has it. */
type Loose<T> = T extends object ? { [K in keyof T]: Loose<T[K]> | ({} extends Pick<T, K> ? undefined : never) } : T;
type Parsed<S extends z.ZodType> = z.infer<S>;
type Assert<_ extends true> = never;
type Fits<Value, Type> = [Value] extends [Type] ? true : false;

export type PassesSchemas = [
  Assert<Fits<Parsed<typeof generated.MessageSchema>, Loose<types.Message>>>,
  Assert<Fits<Parsed<typeof generated.DrawnSchema>, Loose<types.Drawn>>>,
  Assert<Fits<Parsed<typeof generated.CommandSchema>, Loose<types.Command>>>,
  Assert<Fits<Parsed<typeof generated.NumbersInputSchema>, Loose<types.NumbersInput>>>,
  Assert<Fits<Parsed<typeof generated.TextsSchema>, Loose<types.Texts>>>,
  Assert<Fits<Parsed<typeof generated.AdjacentSchema>, Loose<types.Adjacent>>>,
  Assert<Fits<Parsed<typeof generated.LooseSchema>, Loose<types.Loose>>>,
  Assert<Fits<Parsed<typeof generated.CommentInputSchema>, Loose<types.CommentInput>>>,
  Assert<Fits<Parsed<typeof generated.CollectionsInputSchema>, Loose<types.CollectionsInput>>>,
  Assert<Fits<Parsed<typeof generated.PreferencesInputSchema>, Loose<types.PreferencesInput>>>,
  Assert<Fits<Parsed<typeof generated.FlatInputSchema>, Loose<types.FlatInput>>>,
  Assert<Fits<Parsed<(typeof generated.schemas)["general"]["message"]>, types.Rooms["general"]["triggers"]["message"]>>,
  // @ts-expect-error: what a schema lets through is not anything
  Assert<Fits<Parsed<typeof generated.DrawnSchema>, types.Message>>,
];
