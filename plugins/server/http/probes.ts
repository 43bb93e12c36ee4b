import type { HttpAnswer } from "./http-answer.js";

/** Whether a server takes calls: not before it is registered and its check passes, nor when it stops. */
export type Standing = "waiting" | "ready" | "draining";

const probes = new Set(["/health", "/ready"]);

/** Whether a path is one of those that load balancers and orchestrators ask. */
export const isProbe = (url: string | undefined): boolean =>
  probes.has((url ?? "").split("?", 1)[0]!);

/** Answers `/health`, 200 as long as the process can, and `/ready`, 200 while it takes calls. */
export function answerProbe(
  {
    url = "",
    method = "",
  }: { readonly url?: string | undefined; readonly method?: string | undefined },
  standing: Standing,
  answer: HttpAnswer,
): Promise<void> {
  const text = { "content-type": "application/json", "cache-control": "no-store" };
  if (method !== "GET" && method !== "HEAD")
    return answer.send(405, undefined, { ...text, allow: "GET, HEAD" }, status("use GET"));
  if (url.startsWith("/health")) return answer.send(200, undefined, text, status("ok"));
  return answer.send(standing === "ready" ? 200 : 503, undefined, text, status(standing));
}

const status = (word: string): Buffer => Buffer.from(`${JSON.stringify({ status: word })}\n`);
