# One door to the project: up, demo, check; everything else goes to the dfs command.
Set-Location $PSScriptRoot
$rest = @($args | Select-Object -Skip 1)
if ($args[0] -eq 'check') { dotnet test AkkaDfs.sln @rest }
else { dotnet run -c Release --project src/AkkaDfs.Client -- @args }
exit $LASTEXITCODE
