# One door to the project: up, demo, check, bench; everything else goes to the dfs command.
Set-Location $PSScriptRoot
$rest = @($args | Select-Object -Skip 1)
if ($args[0] -eq 'check') { dotnet test AkkaDfs.sln @rest }
elseif ($args[0] -eq 'bench') { dotnet run -c Release --project bench/AkkaDfs.Benchmarks -- @rest }
else { dotnet run -c Release --project src/AkkaDfs.Client -- @args }
exit $LASTEXITCODE
