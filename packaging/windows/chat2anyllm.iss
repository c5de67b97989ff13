; The installer for Windows (Inno Setup 6.3 or newer), of the folder that PyInstaller made:
;
;   ISCC /DVersion=0.1.0 packaging\windows\chat2anyllm.iss
;
; For one person unless asked otherwise, without an administrator's rights. Silent: Setup.exe /VERYSILENT /NORESTART, for
; everybody with /ALLUSERS. What people have written stays when the program is removed: it lies elsewhere.

#ifndef Version
  #error Say which version: /DVersion=1.2.3
#endif
#ifndef Frozen
  #define Frozen "..\..\dist\chat2anyllm-desktop"
#endif
#ifndef Icon
  #define Icon "..\..\build\icons\chat2anyllm.ico"
#endif
#ifndef Output
  #define Output "..\..\dist"
#endif
#define Window "chat2anyllm-desktop.exe"

[Setup]
; Never to be changed: by this an update finds what it replaces.
AppId={{6C0B5D0E-6A0C-4B5E-9C55-0E9B6A3B7D21}
AppName=Chat2AnyLLM
AppVersion={#Version}
AppVerName=Chat2AnyLLM {#Version}
AppPublisher=Chat2AnyLLM Desktop contributors
VersionInfoVersion={#Version}
DefaultDirName={autopf}\Chat2AnyLLM
DisableProgramGroupPage=yes
DisableReadyPage=yes
UninstallDisplayIcon={app}\{#Window}
UninstallDisplayName=Chat2AnyLLM
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog commandline
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; Windows 10 of version 1809, the oldest that Qt runs on.
MinVersion=10.0.17763
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
SetupIconFile={#Icon}
LicenseFile=..\..\LICENSE
OutputDir={#Output}
OutputBaseFilename=chat2anyllm-desktop-{#Version}-windows-x86_64-setup
ChangesEnvironment=yes
CloseApplications=yes
RestartApplications=no

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
#if FileExists(AddBackslash(CompilerPath) + "Languages\ChineseSimplified.isl")
Name: "zh_CN"; MessagesFile: "compiler:Languages\ChineseSimplified.isl"
#endif

[CustomMessages]
en.OnThePath=Make the command "chat2anyllm" known to terminals
#if FileExists(AddBackslash(CompilerPath) + "Languages\ChineseSimplified.isl")
zh_CN.OnThePath=让终端可以使用“chat2anyllm”命令
#endif

[Tasks]
Name: "path"; Description: "{cm:OnThePath}"
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; Libraries of the version before, which this one may not have.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Frozen}\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[Icons]
Name: "{autoprograms}\Chat2AnyLLM"; Filename: "{app}\{#Window}"
Name: "{autodesktop}\Chat2AnyLLM"; Filename: "{app}\{#Window}"; Tasks: desktopicon

[Registry]
; Links to sessions: chat2anyllm://
Root: HKA; Subkey: "Software\Classes\chat2anyllm"; ValueType: string; ValueData: "URL:Chat2AnyLLM"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\chat2anyllm"; ValueType: string; ValueName: "URL Protocol"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\chat2anyllm\DefaultIcon"; ValueType: string; ValueData: """{app}\{#Window}"",0"
Root: HKA; Subkey: "Software\Classes\chat2anyllm\shell\open\command"; ValueType: string; ValueData: """{app}\{#Window}"" ""%1"""

[Run]
Filename: "{app}\{#Window}"; Description: "{cm:LaunchProgram,Chat2AnyLLM}"; Flags: nowait postinstall skipifsilent

[Code]
const
  MachinePath = 'System\CurrentControlSet\Control\Session Manager\Environment';

procedure WherePathIs(var Root: Integer; var Key: String);
begin
  if IsAdminInstallMode then begin
    Root := HKEY_LOCAL_MACHINE;
    Key := MachinePath;
  end else begin
    Root := HKEY_CURRENT_USER;
    Key := 'Environment';
  end;
end;

{ The search path of terminals without our folder; Found tells whether it was there. }
function PathWithout(const Folder, Path: String; var Found: Boolean): String;
var
  Rest, Part: String;
  At: Integer;
begin
  Result := '';
  Found := False;
  Rest := Path;
  while Rest <> '' do begin
    At := Pos(';', Rest);
    if At = 0 then At := Length(Rest) + 1;
    Part := Copy(Rest, 1, At - 1);
    Delete(Rest, 1, At);
    if CompareText(RemoveBackslash(Part), RemoveBackslash(Folder)) = 0 then
      Found := True
    else if Part <> '' then begin
      if Result <> '' then Result := Result + ';';
      Result := Result + Part;
    end;
  end;
end;

procedure ChangePath(const Add: Boolean);
var
  Root: Integer;
  Key, Path, Others: String;
  Found: Boolean;
begin
  WherePathIs(Root, Key);
  if not RegQueryStringValue(Root, Key, 'Path', Path) then Path := '';
  Others := PathWithout(ExpandConstant('{app}'), Path, Found);
  if Add and not Found then begin
    if Path <> '' then Path := Path + ';';
    RegWriteExpandStringValue(Root, Key, 'Path', Path + ExpandConstant('{app}'));
  end;
  if Found and not Add then
    RegWriteExpandStringValue(Root, Key, 'Path', Others);
end;

procedure CurStepChanged(CurStep: TSetupStep);
begin
  if CurStep = ssPostInstall then ChangePath(WizardIsTaskSelected('path'));
end;

procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
begin
  if CurUninstallStep = usPostUninstall then ChangePath(False);
end;
