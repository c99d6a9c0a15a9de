// Reads a code with the camera into the finder's field, where the browser can.
const part = document.querySelector("[data-shilian-scan]");
const field = document.querySelector("[data-shilian-scan-target]");

async function scan(video, told) {
  const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  told.textContent = "对准包装或价签上的追溯码。";
  const stop = () => { stream.getTracks().forEach((track) => track.stop()); video.hidden = true; };
  const look = async () => {
    const [found] = await detector.detect(video);
    if (!found) { requestAnimationFrame(look); return; }
    stop();
    field.value = found.rawValue;
    field.form.requestSubmit();
  };
  requestAnimationFrame(look);
}

async function canScan() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return false;
  return (await window.BarcodeDetector.getSupportedFormats()).includes("qr_code");
}

if (part && field && await canScan()) {
  const told = part.querySelector("[role=status]");
  part.hidden = false;
  part.querySelector("button").addEventListener("click", () => {
    scan(part.querySelector("video"), told).catch(() => { told.textContent = "没能打开摄像头，请直接输入编码。"; });
  });
}
