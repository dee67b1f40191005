# Makes the certificate in WINDOWS_CERTIFICATE (a .pfx file in base64) known to Windows, and tells later steps of the
# workflow its thumbprint. Without one, installers stay unsigned.
$ErrorActionPreference = "Stop"
if (-not $env:WINDOWS_CERTIFICATE) {
  Write-Output "Windows installers are not signed: there is no WINDOWS_CERTIFICATE."
  exit 0
}
$file = Join-Path $env:RUNNER_TEMP "certificate.pfx"
try {
  [IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($env:WINDOWS_CERTIFICATE))
  $password = ConvertTo-SecureString -String $env:WINDOWS_CERTIFICATE_PASSWORD -AsPlainText -Force
  $certificate = Import-PfxCertificate -FilePath $file -CertStoreLocation Cert:\CurrentUser\My -Password $password
  "WINDOWS_CERTIFICATE_THUMBPRINT=$($certificate.Thumbprint)" | Out-File -FilePath $env:GITHUB_ENV -Append -Encoding utf8
} finally {
  Remove-Item $file -ErrorAction SilentlyContinue
}
