// QR codes: drawn as one path, read by the camera.
import { useEffect, useRef, useState } from "preact/hooks";
import { encode } from "uqr";
import { t } from "../text/index.ts";
import { Notice } from "./basics.tsx";

/** A code of text, or of bytes as they are. */
export function Qr({ data, label }: { data: string | Uint8Array; label: string }) {
  const made = encode(typeof data === "string" ? data : Array.from(data), { ecc: "M", border: 1 });
  let path = "";
  made.data.forEach((line, y) => line.forEach((dark, x) => {
    if (dark) path += `M${x} ${y}h1v1h-1z`;
  }));
  return (
    <figure class="qr" role="img" aria-label={label}>
      <svg viewBox={`0 0 ${made.size} ${made.size}`} shape-rendering="crispEdges" aria-hidden="true"><path d={path} fill="#000" /></svg>
    </figure>
  );
}

const LOOK_EVERY = 150; // ms between two looks at the picture
const WIDTH = 480; // pixels of the picture that is searched

/** Looks through the camera until a code is seen. */
export function Scanner({ onText, onBytes }: { onText?(text: string): void; onBytes?(bytes: Uint8Array): void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<"none" | "no_camera" | "denied">("none");

  useEffect(() => {
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const canvas = document.createElement("canvas");

    async function look(): Promise<void> {
      const { default: read } = await import("jsqr");
      const context = canvas.getContext("2d", { willReadFrequently: true });

      const once = () => {
        const source = video.current;
        if (over || !source || !context) return;
        if (source.videoWidth > 0) {
          canvas.width = WIDTH;
          canvas.height = Math.round((WIDTH * source.videoHeight) / source.videoWidth);
          context.drawImage(source, 0, 0, canvas.width, canvas.height);
          const picture = context.getImageData(0, 0, canvas.width, canvas.height);
          const seen = read(picture.data, picture.width, picture.height, { inversionAttempts: "dontInvert" });
          if (seen) {
            over = true;
            onText?.(seen.data);
            onBytes?.(Uint8Array.from(seen.binaryData));
            return;
          }
        }
        timer = setTimeout(once, LOOK_EVERY);
      };
      once();
    }

    (async () => {
      if (!navigator.mediaDevices?.getUserMedia) {
        setProblem("no_camera");
        return;
      }
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      } catch (error) {
        setProblem((error as Error).name === "NotAllowedError" ? "denied" : "no_camera");
        return;
      }
      if (over || !video.current) {
        stream.getTracks().forEach((track) => track.stop());
        return;
      }
      video.current.srcObject = stream;
      await video.current.play().catch(() => undefined);
      await look();
    })();

    return () => {
      over = true;
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);

  return problem === "none"
    ? <video ref={video} muted playsInline aria-label={t().scanTitle} />
    : <Notice kind="warn">{problem === "denied" ? t().scanDenied : t().scanNoCamera}</Notice>;
}
