import { Client } from "plugboard";
import type { Work } from "./work.js";

export class WorkClient extends Client<Work>("work") {}
